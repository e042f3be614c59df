"""How `gunicorn projet.wsgi` serves when started in this folder; options on its command line win."""

worker_class = "gthread"
threads = 4
# It would lie in the home folder, shared by every web process of one user on a machine.
control_socket_disable = True
