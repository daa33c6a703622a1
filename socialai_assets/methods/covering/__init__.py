"""Where a budget is spent so that most people come within reach of a point that works."""
