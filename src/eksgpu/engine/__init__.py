"""The engine: from wanted objects to a plan, and from a plan to the world. It knows no cloud."""
