"""What a consumer of a finished corpus imports."""
