"""Who may call the models, and what they show for it."""
