"""From a row back to the landed lines it rests on: how rows are joined, the walk, and how it is told."""
