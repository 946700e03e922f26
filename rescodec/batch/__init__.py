"""Folders of photos: thousands of files, resumable, on one machine or many."""
