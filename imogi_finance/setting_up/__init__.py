"""What happens when the app comes onto a site and when it leaves."""
