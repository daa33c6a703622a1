"""Who may see and do what, for every way out: the platform's policy file, its table in the guide. Reads no table."""
