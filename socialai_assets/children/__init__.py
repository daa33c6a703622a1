"""Children at risk: noticed early, helped first where it helps, protected always."""
