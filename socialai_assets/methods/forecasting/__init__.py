"""Forecasts of many series: baselines, global models, their combination, intervals, coherence. Knows no domain.

Series are long frames in Nixtla's shape: ``unique_id``, ``ds`` (time or number of the period), ``y``.
"""
