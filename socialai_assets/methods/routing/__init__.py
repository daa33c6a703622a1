"""Vehicle routing: the problem, the engines that solve it, the check of what they say, and why stops are left out."""
