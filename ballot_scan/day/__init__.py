"""The one hall where the rooms meet: each function is a step of the committee's day, and its steps can be read off."""
