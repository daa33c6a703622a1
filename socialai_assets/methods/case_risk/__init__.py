"""Risk of single cases by date: learners, splits by time, scores for a team that can see only so many. No domain."""
