-- Settings: limits of drinking-water quality, with edition and clause. Add a line for a limit of your own.
{%- set who = "'WHO', 'Guidelines for drinking-water quality, 4th edition with 1st and 2nd addenda, 2022'" %}
{%- set peru = "'DS 031-2010-SA', 'Reglamento de la calidad del agua para consumo humano, Peru, 26 September 2010'" %}
select *
from (
  values
    ('who_e_coli', {{ who }}, 'Table 7.10', 'e_coli', null::double, 0::double, 'none in any 100 mL'),
    ('who_arsenic', {{ who }}, 'Annex 3, Table A3.3', 'arsenic', null, 0.01, 'provisional'),
    ('who_nitrate', {{ who }}, 'Annex 3, Table A3.3', 'nitrate', null, 50, 'as the ion'),
    ('who_fluoride', {{ who }}, 'Annex 3, Table A3.3', 'fluoride', null, 1.5, null),
    ('who_chlorine_upper', {{ who }}, 'Annex 3, Table A3.3', 'free_chlorine', null, 5, null),
    ('who_chlorine_lower', {{ who }}, 'Annex 3, Table A3.3, remark on chlorine', 'free_chlorine', 0.2, null,
      'where it is delivered'),
    ('who_turbidity', {{ who }}, 'Chapter 10, turbidity', 'turbidity', null, 1, 'before disinfection; no limit of health'),
    ('pe_e_coli', {{ peru }}, 'Annex I', 'e_coli', null, 0, 'per 100 mL'),
    ('pe_turbidity', {{ peru }}, 'Annex II', 'turbidity', null, 5, 'nine samples of ten'),
    ('pe_ph', {{ peru }}, 'Annex II', 'ph', 6.5, 8.5, 'nine samples of ten'),
    ('pe_conductivity', {{ peru }}, 'Annex II', 'conductivity', null, 1500, 'nine samples of ten'),
    ('pe_arsenic', {{ peru }}, 'Annex III', 'arsenic', null, 0.01, null),
    ('pe_nitrate', {{ peru }}, 'Annex III', 'nitrate', null, 50, 'as the ion'),
    ('pe_fluoride', {{ peru }}, 'Annex III', 'fluoride', null, 1, null),
    ('pe_chlorine_upper', {{ peru }}, 'Annex III', 'free_chlorine', null, 5, null),
    ('pe_chlorine_lower', {{ peru }}, 'Article 66', 'free_chlorine', 0.5, null, 'nine samples of ten in a month'),
    ('pe_chlorine_least', {{ peru }}, 'Article 66', 'free_chlorine', 0.3, null, 'every sample')
) as limits (limit_id, standard, edition, clause, parameter, lower, upper, remark)
