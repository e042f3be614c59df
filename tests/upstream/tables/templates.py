"""The templates of libraries that ours were made after, and what our scripts look for in theirs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple


class Copy(NamedTuple):
    ours: str
    package: str
    original: str
    digest: str

    @property
    def path(self) -> Path:
        return original_of(self.package, self.original)


def original_of(package: str, template: str) -> Path:
    return Path(str(import_module(package).__file__)).parent / "templates" / template


# `digest` is the SHA-256 of the original when ours was last compared with it.
COPIES = (
    Copy(
        "projet/templates/admin/actions.html",
        "unfold",
        "admin/actions.html",
        "4cb3331602a67fa144f6a53dc68d854072d9b0ea8d69fe7e7a255d665b93f6e1",
    ),
    Copy(
        "projet/templates/admin/import_export/change_list.html",
        "import_export",
        "admin/import_export/change_list.html",
        "9fabce6d410f6ebf6cfb5e2632aa3aaff41f94104ba7dc19a880f00e2e2c8f2e",
    ),
    Copy(
        "projet/templates/admin/search_form.html",
        "unfold",
        "admin/search_form.html",
        "6fffbeaa10f677b5b098cc9fadf6d4481dd0356e8dcb72b5851390ba95878bf9",
    ),
    Copy(
        "projet/templates/lists/table.html",
        "unfold",
        "admin/change_list_results.html",
        "26fc8ca89818d58f750c45a2ad1c88795654b29104c37defa8c928a782135529",
    ),
    Copy(
        "projet/templates/unfold/helpers/header_back_button.html",
        "unfold",
        "unfold/helpers/header_back_button.html",
        "094176cb8a5b21626311d4059198c3b24731657d38cefde72cc5aa9e543e38f0",
    ),
    Copy(
        "projet/templates/unfold/helpers/header_title.html",
        "unfold",
        "unfold/helpers/header_title.html",
        "708a66bc1c0997f3927ce7ea61e6840d612cf2a465505d5c7e5bdc88f3515d1f",
    ),
    Copy(
        "projet/templates/unfold/helpers/navigation_header.html",
        "unfold",
        "unfold/helpers/navigation_header.html",
        "ebf1a6c9aa1994aa31ec464739ea1420275167da904daf0f6a118d6ce06813c6",
    ),
    Copy(
        "projet/templates/unfold/helpers/theme_switch_dropdown.html",
        "unfold",
        "unfold/helpers/theme_switch_dropdown.html",
        "90421e9a3524b57f4487753acb3380c2c399d4a08483aaefff209c1f196c55a6",
    ),
    Copy(
        "projet/templates/unfold/helpers/welcomemsg.html",
        "unfold",
        "unfold/helpers/welcomemsg.html",
        "91ac76169f4c93b57e54cdd03af5aac3311f695014a529314f17ff4c2170c28a",
    ),
    Copy(
        "projet/templates/unfold/widgets/password_toggle.html",
        "unfold",
        "unfold/widgets/password_toggle.html",
        "1a8f6d328b02ee311cf42eab0dbed17f787b83e8112be85d5d6c557ed0b437a5",
    ),
    # Made after one of another name.
    Copy(
        "backoffice/templates/backoffice/sign_in/frame.html",
        "unfold",
        "admin/login.html",
        "13deb7765ce366590d73a58f260f438aa8a3580851a7540b542c451e445c6b78",
    ),
    Copy(
        "backoffice/templates/backoffice/logged_out.html",
        "unfold",
        "registration/logged_out.html",
        "cad8c8cf769b9e9111c14a7517cce7f3d1f2ae2992adbf708149dadc8cf40891",
    ),
    Copy(
        "tasks_app/templates/tasks_app/dialog.html",
        "unfold",
        "unfold/helpers/dialog.html",
        "695471a2c53d357d59e360bf24f0032de4248430e0b499bd3bf542309289ac95",
    ),
    Copy(
        "tasks_app/templates/tasks_app/dialog_button.html",
        "unfold",
        "unfold/helpers/tab_action.html",
        "40518d8d9cf27606c0cdfc5e21d1d5cca0d2027413223927db84e6cd064114df",
    ),
    Copy(
        "tasks_app/templates/tasks_app/empty.html",
        "unfold",
        "unfold/helpers/empty_results.html",
        "830db82d60f52b85f55ec9c54658e438370fc3067887e4defd80b628d4e68112",
    ),
    Copy(
        "tasks_app/templates/tasks_app/field.html",
        "unfold",
        "unfold/helpers/field.html",
        "82bee47185b2382046fc4a7db543acd9c70aa32dcc93eaf4274fa4fa4f90d9a9",
    ),
    Copy(
        "projet/templates/lists/pagination.html",
        "unfold",
        "unfold/helpers/pagination_infinite.html",
        "a513e92f9a277a9724da357d5b8b8c60a067e78f5dbadfbd5ab3ff078a5b042c",
    ),
    Copy(
        "projet/templates/unfold/templatetags/preserve_changelist_filters.html",
        "unfold",
        "unfold/templatetags/preserve_changelist_filters.html",
        "b31da3521a20358e1e981858f0fab143a99789f6d741bfc8408f477746e8248d",
    ),
    Copy(
        "projet/templates/unfold/helpers/navigation.html",
        "unfold",
        "unfold/helpers/navigation.html",
        "fd819dae3473c0bea10a714a3f34bf223661df325b11071be1b9749178c9c843",
    ),
    Copy(
        "projet/templates/unfold/helpers/change_list_filter_vertical.html",
        "unfold",
        "unfold/helpers/change_list_filter_vertical.html",
        "6b9dffc9312c6b968165af067b0ebc2f800df82e2b0b3b942ec78287460692fc",
    ),
)
# What our scripts and dialogs look for in the markup of a template that is used as it is.
MARKUP = (
    ("unfold/helpers/modal.html", 'id="modal-content"'),
    ("unfold/helpers/modal.html", 'x-show="openModal"'),
    ("admin/login.html", 'id="login-form"'),
    ("admin/base.html", 'id="content"'),
    ("unfold/helpers/change_list_filter_vertical.html", 'id="changelist-filter-close"'),
)
