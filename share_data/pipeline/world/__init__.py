"""The world frame: gravity, floor, contacts, and what of the room is free."""
