{#- A model becomes a lake table in one transaction and one snapshot, whose message says which run made it. Its rows
    are sorted: DuckDB's joins give them in another order each time, and what adds floating numbers up would differ. -#}
{% materialization lake_table, adapter="duckdb", supported_languages=["sql"] %}
  {%- set target_relation = this.incorporate(type="table") -%}
  {{ run_hooks(pre_hooks) }}
  {% call statement("make_schema", auto_begin=True) -%}
    create schema if not exists {{ target_relation.without_identifier() }}
  {%- endcall %}
  {% call statement("main") -%}
    create or replace table {{ target_relation }} as (
      select * from ({{ sql }}
      ) order by all
    )
  {%- endcall %}
  {%- set rows = run_query("select count(*) from " ~ target_relation).rows[0][0] -%}
  {% do persist_docs(target_relation, model) %}
  {% call statement("commit_message") -%}
    call ducklake_set_commit_message(
      '{{ target_relation.database }}',
      'dbt {{ invocation_id }}',
      '{"table": "{{ target_relation.schema }}.{{ target_relation.identifier }}", "model": "{{ model.unique_id }}"}'
    )
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {% do adapter.commit() %}
  {#- What it is for is said in resources/empty_tables.py. -#}
  {%- if rows == 0 %}
    {% do run_query(statistics_of_no_rows(target_relation)) %}
  {%- endif %}
  {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{% macro statistics_of_no_rows(relation) -%}
  {%- set catalogue = "__ducklake_metadata_" ~ relation.database -%}
  insert into {{ catalogue }}.ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes)
  select t.table_id, 0, 0, 0
  from {{ catalogue }}.ducklake_table as t join {{ catalogue }}.ducklake_schema as s using (schema_id)
  where t.end_snapshot is null and s.end_snapshot is null
    and s.schema_name = '{{ relation.schema }}' and t.table_name = '{{ relation.identifier }}'
    and t.table_id not in (select table_id from {{ catalogue }}.ducklake_table_stats)
{%- endmacro %}
