"""Pure functions and estimators on frames and arrays, for any country. No Dagster, no storage, no domain."""
