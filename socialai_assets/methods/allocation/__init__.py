"""Sharing a stock among places over periods: the problem, its plans, their fairness, checks and reasons. No routes."""
