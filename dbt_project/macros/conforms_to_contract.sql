{#- Rows that break a rule of the table's contract, with the rule; all rules in one scan. -#}
{% test conforms_to_contract(model, violations) %}
with judged as (
  select
    *,
    list_filter([
      {%- for violation in violations %}
      case when {{ violation["predicate"] }} then '{{ violation["rule"] | replace("'", "''") }}' end
      {%- if not loop.last %},{% endif %}
      {%- endfor %}
    ], lambda rule: rule is not null) as broken_rules
  from {{ model }}
)
select unnest(broken_rules) as broken_rule, * exclude (broken_rules)
from judged
where len(broken_rules) > 0
{% endtest %}
