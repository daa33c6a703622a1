"""Geography: areas of every level, their shapes, places, neighbours and codes; every other domain stands on it."""
