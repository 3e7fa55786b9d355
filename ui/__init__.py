"""The chat page: Gradio in `app.py`, pure HTML strings in `render.py`, conversations on disk."""
