"""Water: rural systems and their points, surveys, stations and their readings; risk and repair plans come later."""
