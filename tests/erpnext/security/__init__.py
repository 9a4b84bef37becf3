"""What the checks against intruders need inside the site."""
