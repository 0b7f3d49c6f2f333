"""The source `youtube`: yt-dlp as a library, metadata first, time ranges by byte ranges."""
