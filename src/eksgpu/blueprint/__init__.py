"""Blueprint: from what the user wrote and what is true now to the graph of wanted objects. Pure: no network."""
