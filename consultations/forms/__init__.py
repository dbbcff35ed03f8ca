"""What people type: cleaned once, checked on the server, laid out by crispy. Forms write nothing."""
