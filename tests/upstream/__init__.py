"""What we lean on in libraries without their promise, written down and watched.

An upgrade that changes one of these fails here, with the reason why we lean on it, instead of in a worker at
night. Each line of the tables names what is theirs, its parameters and our reason. What of ours leans on it:

    ours                                theirs                      table, and where it is seen to be called
    ----                                ------                      ----------------------------------------
    worker/ (request, task, consumer,   Celery, billiard,           tables/celery.py: a real worker,
      events, result_backend …)           django-celery-results       test_worker.py
    worker/taken_messages, broker/      kombu, redis-py             tables/kombu.py: the same worker
    worker/shutdown, monitor/heartbeat  signals and what sends them test_worker.py
    worker/remote_control               Celery's remote control     test_command_line.py: `celery inspect`
    broker/amqp                         Celery's AMQP               test_command_line.py: `celery call`
    clock/scheduler, projet/beat        beat                        tables/beat.py: a real clock, test_beat.py
    schedules/                          django-celery-beat,         tables/beat.py: the same clock
                                          Celery's schedules
    admin/ of both apps, admin_site     Django, Unfold              tables/django.py, unfold.py: test_web.py
    db/                                 Django, psycopg             tables/django.py
    templates, scripts                  Unfold, import-export       tables/templates.py: test_templates.py
    settings, theme                     Celery, kombu, Unfold       test_settings.py, test_instances.py
    sign_in/, people_lists/, reports/   axes, django-otp, csp,      tables/others.py: test_web.py
                                          openpyxl, WeasyPrint

A new override of what nobody promises, or a new private name, fails in test_written_down.py until it has its
line. requirements.in bounds these libraries: raise a bound, and mend what fails here.
"""
