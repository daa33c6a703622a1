"""What people do, by command, page or service alike: each checks, does it and returns what happened. Prints nothing.

Who may do it is asked before, at the gate or of the policy.
"""
