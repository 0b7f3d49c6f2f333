"""The formats: a file each, found through the entry points `share_data.exports`."""
