"""Who may open what. One line a URL; one letter a role, in the order of ROLES, for GET and for POST.

O  opened: the page, its form again, or the way to what was made
L  led to the login page
F  forbidden
M  this method is not for this URL
N  nothing is there
B  the request lacks what it needs

`<path:object_id>/` stands for Django's former address of each object, which only leads to its page.
"""

ROLES = ("anonymous", "Staff", "Support", "Managers", "superuser")

MATRIX: dict[str, tuple[str, str]] = {
    # Account
    "": ("OOOOO", "OOOOO"),
    "palette": ("OOOOO", "MMMMM"),
    "set_language": ("OOOOO", "OOOOO"),
    "admin:login": ("OOOOO", "OOOOO"),
    "admin:logout": ("OMMMM", "OOOOO"),
    "admin:password_change": ("LOOOO", "LOOOO"),
    "admin:password_change_done": ("LOOOO", "LMMMM"),
    "admin_password_reset": ("OOOOO", "OOOOO"),
    "password_reset_done": ("OOOOO", "MMMMM"),
    "password_reset_confirm": ("OOOOO", "OOOOO"),
    "password_reset_complete": ("OOOOO", "MMMMM"),
    "sso_start": ("NNNNN", "MMMMM"),
    "sso_back": ("NNNNN", "MMMMM"),
    "second_factor": ("LOOOO", "LOOOO"),
    "second_factor_verify": ("LOOOO", "LOOOO"),
    "second_factor_set_up": ("LOOOO", "LOOOO"),
    "second_factor_new_codes": ("LOOOO", "LOOOO"),
    "second_factor_off": ("LOOOO", "LOOOO"),
    "second_factor_leave": ("MMMMM", "LLLLL"),
    # The frame
    "admin:index": ("LOOOO", "LOOOO"),
    "admin:dashboard_live": ("LOOOO", "LOOOO"),
    "admin:search": ("LOOOO", "LOOOO"),
    "admin:jsi18n": ("LOOOO", "LMMMM"),
    "admin:app_list": ("LOOOO", "LOOOO"),
    "admin:view_on_site": ("LNNNN", "LNNNN"),
    "admin:autocomplete": ("LFFFF", "LMMMM"),
    "<path:object_id>/": ("LOOOO", "LOOOO"),
    "admin/(?P<url>.*)$": ("LNNNN", "LNNNN"),
    # Launch
    "admin:launch": ("LOOOO", "LOOOO"),
    "admin:launch_form": ("LOOFO", "LOOFO"),
    "admin:launch_choices": ("LOOFO", "LOOFO"),
    # Jobs
    "admin:tasks_app_job_changelist": ("LOOFO", "LOOFO"),
    "admin:tasks_app_job_change": ("LOOFO", "LOOFO"),
    "admin:tasks_app_job_live": ("LOOFO", "LOOFO"),
    "admin:tasks_app_job_history": ("LOOFO", "LOOFO"),
    "admin:tasks_app_job_rerun": ("LFOFO", "LFOFO"),
    "admin:tasks_app_job_correct": ("LFOFO", "LFOFO"),
    "admin:tasks_app_job_cancel": ("LFOFO", "LFOFO"),
    "admin:tasks_app_job_settle": ("LFOFO", "LFOFO"),
    "admin:tasks_app_job_add": ("LFFFF", "LFFFF"),
    "admin:tasks_app_job_delete": ("LFFFF", "LFFFF"),
    # Results
    "admin:django_celery_results_taskresult_changelist": ("LFOFO", "LFOFO"),
    "admin:django_celery_results_taskresult_change": ("LFOFO", "LFFFF"),
    "admin:django_celery_results_taskresult_history": ("LFOFO", "LFOFO"),
    "admin:django_celery_results_taskresult_add": ("LFFFF", "LFFFF"),
    "admin:django_celery_results_taskresult_delete": ("LFFFF", "LFFFF"),
    # Schedules
    "admin:django_celery_beat_periodictask_changelist": ("LOOFO", "LOOFO"),
    "admin:django_celery_beat_periodictask_change": ("LOOFO", "LOOFO"),
    "admin:django_celery_beat_periodictask_history": ("LOOFO", "LOOFO"),
    "admin:django_celery_beat_periodictask_add": ("LOFFO", "LOFFO"),
    "admin:django_celery_beat_periodictask_delete": ("LOFFO", "LOFFO"),
    "admin:django_celery_beat_periodictask_preview": ("LOFFO", "LOFFO"),
    "admin:django_celery_beat_periodictask_preview_of": ("LOFFO", "LOFFO"),
    "admin:django_celery_beat_periodictask_switch": ("LOFFO", "LOFFO"),
    "admin:django_celery_beat_periodictask_run": ("LOFFO", "LOFFO"),
    # Queues & workers
    "admin:queues": ("LOOFO", "LOOFO"),
    "admin:queues_live": ("LOOFO", "LOOFO"),
    "admin:queue_pause": ("LFOFO", "LFOFO"),
    "admin:queue_resume": ("LFOFO", "LFOFO"),
    # Messages
    "admin:backoffice_message_changelist": ("LOOFO", "LOOFO"),
    "admin:backoffice_message_change": ("LOOFO", "LMMMM"),
    "admin:backoffice_message_history": ("LOOFO", "LOOFO"),
    "admin:backoffice_message_html": ("LOOFO", "LMMMM"),
    "admin:backoffice_message_raw": ("LOOFO", "LMMMM"),
    "admin:backoffice_message_attachment": ("LOOFO", "LMMMM"),
    "admin:backoffice_message_arrived": ("LFOFO", "LFOFO"),
    "admin:backoffice_message_send_again": ("LFOFO", "LFOFO"),
    "admin:backoffice_message_give_up": ("LFOFO", "LFOFO"),
    "admin:backoffice_message_add": ("LFFFF", "LFFFF"),
    "admin:backoffice_message_delete": ("LFFFF", "LFFFF"),
    "admin:sending_hold_probe": ("LFOFO", "LFOFO"),
    # Suppressed addresses
    "admin:backoffice_suppression_changelist": ("LOOFO", "LOOFO"),
    "admin:backoffice_suppression_change": ("LOOFO", "LFFFF"),
    "admin:backoffice_suppression_history": ("LOOFO", "LOOFO"),
    "admin:backoffice_suppression_lift": ("LFOFO", "LFOFO"),
    "admin:backoffice_suppression_add": ("LFFFF", "LFFFF"),
    "admin:backoffice_suppression_delete": ("LFFFF", "LFFFF"),
    # Recipients
    "admin:backoffice_recipient_changelist": ("LOOFO", "LOOFO"),
    "admin:backoffice_recipient_change": ("LOOFO", "LOFFO"),
    "admin:backoffice_recipient_history": ("LOOFO", "LOOFO"),
    "admin:backoffice_recipient_export": ("LOOFO", "LOOFO"),
    "admin:backoffice_recipient_add": ("LOFFO", "LOFFO"),
    "admin:backoffice_recipient_delete": ("LOFFO", "LOFFO"),
    "admin:backoffice_recipient_import": ("LOFFO", "LOFFO"),
    "admin:backoffice_recipient_process_import": ("LMMMM", "LOFFO"),
    "admin:backoffice_recipient_rejected": ("LBFFB", "LBFFB"),
    # Email templates
    "admin:backoffice_emailtemplate_changelist": ("LOOFO", "LOOFO"),
    "admin:backoffice_emailtemplate_change": ("LOOFO", "LOFFO"),
    "admin:backoffice_emailtemplate_history": ("LOOFO", "LOOFO"),
    "admin:backoffice_emailtemplate_preview": ("LMMMM", "LOOFO"),
    "admin:backoffice_emailtemplate_add": ("LOFFO", "LOFFO"),
    "admin:backoffice_emailtemplate_delete": ("LOFFO", "LOFFO"),
    # Reports
    "admin:backoffice_report_changelist": ("LOOOO", "LOOOO"),
    "admin:backoffice_report_change": ("LOOOO", "LMMMM"),
    "admin:backoffice_report_history": ("LOOOO", "LOOOO"),
    "admin:backoffice_report_download": ("LOOOO", "LMMMM"),
    "admin:backoffice_report_read": ("LOOOO", "LMMMM"),
    "admin:backoffice_report_add": ("LFFFF", "LFFFF"),
    "admin:backoffice_report_delete": ("LFFFO", "LFFFO"),
    # People
    "admin:auth_user_changelist": ("LFFFO", "LFFFO"),
    "admin:auth_user_add": ("LFFFO", "LFFFO"),
    "admin:auth_user_change": ("LFFFO", "LFFFO"),
    "admin:auth_user_history": ("LFFFO", "LFFFO"),
    "admin:auth_user_password_change": ("LFFFO", "LFFFO"),
    "admin:auth_user_reset_second_factor": ("LFFFO", "LFFFO"),
    "admin:auth_user_delete": ("LFFFF", "LFFFF"),
    "admin:auth_group_changelist": ("LFFFO", "LFFFO"),
    "admin:auth_group_add": ("LFFFO", "LFFFO"),
    "admin:auth_group_change": ("LFFFO", "LFFFO"),
    "admin:auth_group_history": ("LFFFO", "LFFFO"),
    "admin:auth_group_delete": ("LFFFO", "LFFFO"),
    # What was done, and how it is set up
    "admin:admin_logentry_changelist": ("LFOFO", "LFOFO"),
    "admin:admin_logentry_change": ("LFOFO", "LFFFF"),
    "admin:admin_logentry_history": ("LFOFO", "LFOFO"),
    "admin:admin_logentry_add": ("LFFFF", "LFFFF"),
    "admin:admin_logentry_delete": ("LFFFF", "LFFFF"),
    "admin:backoffice_signin_changelist": ("LFFFO", "LFFFO"),
    "admin:backoffice_signin_change": ("LFFFO", "LFFFF"),
    "admin:backoffice_signin_history": ("LFFFO", "LFFFO"),
    "admin:backoffice_signin_add": ("LFFFF", "LFFFF"),
    "admin:backoffice_signin_delete": ("LFFFF", "LFFFF"),
    "admin:backoffice_signinlock_changelist": ("LFFFO", "LFFFO"),
    "admin:backoffice_signinlock_lift": ("LFFFO", "LFFFO"),
    "admin:settings": ("LFOFO", "LFOFO"),
}
