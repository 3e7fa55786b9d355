"""The chat page: Gradio in `app.py`, pure HTML strings in `chat_html.py`, conversations on disk."""
