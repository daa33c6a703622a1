"""The web dashboard: pages, their frame, maps and charts. Reads by the gate alone and computes no results."""
