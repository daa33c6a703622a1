"""Refugees: camps, how many people they hold, the roads to them and who these people are; plans come later."""
