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
  {#- What it is for is said in resources/empty_tables.py. -#}
  {%- if run_query("select count(*) from " ~ target_relation).rows[0][0] == 0 %}
    {% do run_query("insert into " ~ target_relation ~ " default values") %}
    {% do run_query("delete from " ~ target_relation) %}
  {%- endif %}
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
  {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}
