"""Django’s own words that our catalogues say better: a list for `manage.py makemessages`, never imported.

Django’s Kyrgyz is partly wrong, partly rude, partly missing, and a translation in consultations/locale/ wins over
Django’s own. But makemessages keeps only texts that it finds in our source, so these stand here, each exactly as
Django (or django-phonenumber-field) writes it. tests/test_catalogues.py says when one of them has changed there,
and when Django’s admin shows something that nobody has translated: add it here, then run `make messages`.
"""

# ruff: noqa: E501 -- each text as Django writes it, in one piece

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

# In Kyrgyz and Russian days and months take a small letter: «июнь 2025 г.», «9-июнь».
MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)

# «2025-жылдын 9-июну»: the possessive, which Django’s Kyrgyz leaves bare.
MONTHS_AFTER_A_DATE = (
    pgettext_lazy("alt. month", "January"),
    pgettext_lazy("alt. month", "February"),
    pgettext_lazy("alt. month", "March"),
    pgettext_lazy("alt. month", "April"),
    pgettext_lazy("alt. month", "May"),
    pgettext_lazy("alt. month", "June"),
    pgettext_lazy("alt. month", "July"),
    pgettext_lazy("alt. month", "August"),
    pgettext_lazy("alt. month", "September"),
    pgettext_lazy("alt. month", "October"),
    pgettext_lazy("alt. month", "November"),
    pgettext_lazy("alt. month", "December"),
)

MONTHS_SHORT = (
    pgettext_lazy("abbrev. month", "Jan."),
    pgettext_lazy("abbrev. month", "Feb."),
    pgettext_lazy("abbrev. month", "March"),
    pgettext_lazy("abbrev. month", "April"),
    pgettext_lazy("abbrev. month", "May"),
    pgettext_lazy("abbrev. month", "June"),
    pgettext_lazy("abbrev. month", "July"),
    pgettext_lazy("abbrev. month", "Aug."),
    pgettext_lazy("abbrev. month", "Sept."),
    pgettext_lazy("abbrev. month", "Oct."),
    pgettext_lazy("abbrev. month", "Nov."),
    pgettext_lazy("abbrev. month", "Dec."),
)

WEEKDAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)

WEEKDAYS_SHORT = (
    _("Mon"),
    _("Tue"),
    _("Wed"),
    _("Thu"),
    _("Fri"),
    _("Sat"),
    _("Sun"),
)

# Django’s Kyrgyz calls noon a moon, midnight a night, a byte a bit, and forgets the space after a comma.
CLOCK_AND_LISTS = (
    _("noon"),
    _("midnight"),
    _(", "),
    _("yes,no,maybe"),
)

SIZES = (
    ngettext_lazy("%(size)d byte", "%(size)d bytes", "size"),
    _("%s KB"),
    _("%s MB"),
    _("%s GB"),
    _("%s TB"),
    _("%s PB"),
)

# What a form says about one field. Django’s Kyrgyz gives orders («тер», «киргиз») and drops spaces.
FIELDS = (
    _("This field is required."),
    _("This field cannot be blank."),
    _("This field cannot be null."),
    _("Enter a valid value."),
    _("Enter a valid email address."),
    _("Enter a valid URL."),
    _("Enter a valid domain name."),
    _("Enter a valid integer."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("Enter only digits separated by commas."),
    _("Enter a valid date."),
    _("Enter a valid time."),
    _("Enter a valid date/time."),
    _("Enter a valid duration."),
    _("Enter a list of values."),
    _("Enter a complete value."),
    _("Enter a valid UUID."),
    _("Enter a valid JSON."),
    _("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
    _("Enter a valid %(protocol)s address."),
    _("IPv4"),
    _("IPv6"),
    _("IPv4 or IPv6"),
    _("Null characters are not allowed."),
    _("Ensure this value is %(limit_value)s (it is %(show_value)s)."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Ensure this value is a multiple of step size %(limit_value)s."),
    _(
        "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s, e.g. %(offset)s, %(valid_value1)s, %(valid_value2)s, and so on."
    ),
    ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s digit in total.",
        "Ensure that there are no more than %(max)s digits in total.",
        "max",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s decimal place.",
        "Ensure that there are no more than %(max)s decimal places.",
        "max",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s digit before the decimal point.",
        "Ensure that there are no more than %(max)s digits before the decimal point.",
        "max",
    ),
)

CHOICES = (
    _("Select a valid choice. %(value)s is not one of the available choices."),
    _("Select a valid choice. That choice is not one of the available choices."),
    _("Value %(value)r is not a valid choice."),
    _("“%(pk)s” is not a valid value."),
    _("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    _("%(model_name)s with this %(field_label)s already exists."),
    _("%(model_name)s with this %(field_labels)s already exists."),
    _("Constraint “%(name)s” is violated."),
    _(
        "%(datetime)s couldn’t be interpreted in time zone %(current_timezone)s; it may be ambiguous or it may not exist."
    ),
)

FILES = (
    _("File extension “%(extension)s” is not allowed. Allowed extensions are: %(allowed_extensions)s."),
    _("No file was submitted. Check the encoding type on the form."),
    _("No file was submitted."),
    _("The submitted file is empty."),
    ngettext_lazy(
        "Ensure this filename has at most %(max)d character (it has %(length)d).",
        "Ensure this filename has at most %(max)d characters (it has %(length)d).",
        "max",
    ),
    _("Please either submit a file or check the clear checkbox, not both."),
    _("Upload a valid image. The file you uploaded was either not an image or a corrupted image."),
)

WHOLE_FORMS = (
    _("(Hidden field %(name)s) %(error)s"),
    _(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need to file a bug report if the issue persists."
    ),
    ngettext_lazy("Please submit at most %(num)d form.", "Please submit at most %(num)d forms.", "num"),
    ngettext_lazy("Please submit at least %(num)d form.", "Please submit at least %(num)d forms.", "num"),
    _("Please correct the duplicate data for %(field)s."),
    _("Please correct the duplicate data for %(field)s, which must be unique."),
    _("Please correct the duplicate values below."),
    _("The inline value did not match the parent instance."),
    _("CSRF verification failed. Request aborted."),
    _(
        "You are seeing this message because this site requires a CSRF cookie when submitting forms. This cookie is required for security reasons, to ensure that your browser is not being hijacked by third parties."
    ),
    _(
        "If you have configured your browser to disable cookies, please re-enable them, at least for this site, or for “same-origin” requests."
    ),
    _("More information is available with DEBUG=True."),
)

# django-phonenumber-field has no Kyrgyz at all.
TELEPHONES = (
    pgettext_lazy(
        "{example_number} is a national phone number.",
        "Enter a valid phone number (e.g. {example_number}) or a number with an international call prefix.",
    ),
    pgettext_lazy(
        "{example_number} is an international phone number.", "Enter a valid phone number (e.g. {example_number})."
    ),
    pgettext_lazy(
        "{example_number} is a national phone number.", "Enter a valid phone number (e.g. {example_number})."
    ),
    _("Phone number"),
    _("The phone number entered is not valid."),
)

# Django’s admin in Kyrgyz is partly missing, partly rude. The name of a thing stands after a colon, so that it needs no suffix.
ADMIN_LISTS = (
    _("Home"),
    _("Skip to main content"),
    _("Breadcrumbs"),
    _("Sidebar"),
    _("Toggle navigation"),
    _("Start typing to filter…"),
    _("Filter navigation items"),
    _("Toggle theme (current theme: auto)"),
    _("Toggle theme (current theme: light)"),
    _("Toggle theme (current theme: dark)"),
    _("Administration"),
    _("Django site admin"),
    _("Django administration"),
    _("Site administration"),
    _("%(app)s administration"),
    _("Models in the %(name)s application"),
    _("Model name"),
    _("Add link"),
    _("Change or view list link"),
    _("You don’t have permission to view or edit anything."),
    _("Recent actions"),
    _("None available"),
    _("Unknown content"),
    _("Add %s"),
    _("Change %s"),
    _("View %s"),
    _("Select %s"),
    _("Select %s to change"),
    _("Select %s to view"),
    _("Add %(name)s"),
    _("Add another %(verbose_name)s"),
    _("Change selected %(model)s"),
    _("Add another %(model)s"),
    _("Delete selected %(model)s"),
    _("View selected %(model)s"),
    ngettext_lazy("%(counter)s result", "%(counter)s results", "counter"),
    _("%(full_result_count)s total"),
    ngettext_lazy("entry", "entries", "counter"),
    _("Clear all filters"),
    _("Hide counts"),
    _("Show counts"),
    _(" By %(filter_title)s "),
    _("All dates"),
    _("Any date"),
    _("No date"),
    _("Has date"),
    _("Remove from sorting"),
    _("Sorting priority: %(priority_number)s"),
    _("Toggle sorting"),
    _("None"),
    _("String (unlimited)"),
)

ADMIN_ACTIONS = (
    _("Action:"),
    _("Go"),
    _("Run the selected action"),
    _("Select this object for an action - {}"),
    _("Select all objects on this page for an action"),
    _("Click here to select the objects across all pages"),
    _("Select all %(total_count)s %(module_name)s"),
    ngettext_lazy("%(total_count)s selected", "All %(total_count)s selected", "total_count"),
    _("0 of %(cnt)s selected"),
    _("Clear selection"),
    _("Items must be selected in order to perform actions on them. No items have been changed."),
    _("No action selected."),
    ngettext_lazy(
        "%(count)s %(name)s was changed successfully.", "%(count)s %(name)s were changed successfully.", "count"
    ),
    _("Delete selected %(verbose_name_plural)s"),
    _("Successfully deleted %(count)d %(items)s."),
    _("Cannot delete %(name)s"),
    _("Delete multiple objects"),
    _("Delete?"),
    _("Objects"),
    _("Summary"),
    _("Yes, I’m sure"),
    _("No, take me back"),
    _(
        "Deleting %(class_name)s %(instance)s would require deleting the following protected related objects: %(related_objects)s"
    ),
    _(
        "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, but your account doesn't have permission to delete the following types of objects:"
    ),
    _(
        "Deleting the %(object_name)s '%(escaped_object)s' would require deleting the following protected related objects:"
    ),
    _(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related items will be deleted:'
    ),
    _(
        "Deleting the selected %(objects_name)s would result in deleting related objects, but your account doesn't have permission to delete the following types of objects:"
    ),
    _("Deleting the selected %(objects_name)s would require deleting the following protected related objects:"),
    _(
        "Are you sure you want to delete the selected %(objects_name)s? All of the following objects and their related items will be deleted:"
    ),
)

ADMIN_FORMS = (
    _("Save and add another"),
    _("Save and continue editing"),
    _("Save and view"),
    _("Error:"),
    ngettext_lazy("Please correct the error below.", "Please correct the errors below.", "count"),
    _("Hold down “Control”, or “Command” on a Mac, to select more than one."),
    _("Date:"),
    _("Time:"),
    _("Lookup"),
    _("Change"),
    _("Popup closing…"),
    _("The {name} “{obj}” was added successfully."),
    _("You may edit it again below."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
)

ADMIN_HISTORY = (
    _("Change history: %s"),
    _("This object doesn’t have a change history. It probably wasn’t added via this admin site."),
    _("Date/time"),
    _("Addition"),
    _("Added:"),
    _("Changed:"),
    _("Deleted:"),
    _("Added “%(object)s”."),
    _("Changed “%(object)s” — %(changes)s"),
    _("Deleted “%(object)s.”"),
    _("Added {name} “{object}”."),
    _("Changed {fields} for {name} “{object}”."),
    _("Changed {fields}."),
    _("Deleted {name} “{object}”."),
    _("No fields changed."),
)

ADMIN_ERRORS = (
    _("We’re sorry, but the requested page could not be found."),
    _("Server error"),
    _("Server error (500)"),
    _("Server Error <em>(500)</em>"),
    _(
        "There’s been an error. It’s been reported to the site administrators via email and should be fixed shortly. Thanks for your patience."
    ),
    _("Database error"),
    _(
        "Something’s wrong with your database installation. Make sure the appropriate database tables have been created, and make sure the database is readable by the appropriate user."
    ),
)

LOGGING_IN = (
    _(
        "Please enter the correct %(username)s and password for a staff account. Note that both fields may be case-sensitive."
    ),
    _("Please enter a correct %(username)s and password. Note that both fields may be case-sensitive."),
    _("This account is inactive."),
    _(
        "You are authenticated as %(username)s, but are not authorized to access this page. Would you like to login to a different account?"
    ),
    _("Forgotten your login credentials?"),
    _("Thanks for spending some quality time with the web site today."),
    _("Logged out"),
    _("Log in again"),
)

# Django’s Kyrgyz calls a surname «атасынын аты», which is the patronymic.
ACCOUNTS = (
    _("Authentication and Authorization"),
    _("Personal info"),
    _("Permissions"),
    _("user"),
    _("users"),
    _("username"),
    _("first name"),
    _("last name"),
    _("email address"),
    _("Email"),
    _("last login"),
    _("date joined"),
    _("active"),
    _("Designates whether this user should be treated as active. Unselect this instead of deleting accounts."),
    _("staff status"),
    _("Designates whether the user can log into this admin site."),
    _("superuser status"),
    _("Designates that this user has all permissions without explicitly assigning them."),
    _("permission"),
    _("permissions"),
    _("codename"),
    _("user permissions"),
    _("Specific permissions for this user."),
    _("group"),
    _("groups"),
    _("The groups this user belongs to. A user will get all permissions granted to each of their groups."),
    _("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
    _("A user with that username already exists."),
    _(
        "Enter a valid username. This value may contain only unaccented lowercase a-z and uppercase A-Z letters, numbers, and @/./+/-/_ characters."
    ),
    _("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("%(name)s object with primary key %(key)r does not exist."),
    _("Conflicting form data submitted. Please try again."),
)

# Django’s Kyrgyz for “reset” means to wreck.
PASSWORDS = (
    _("Password confirmation"),
    _("Enter the same password as before, for verification."),
    _("New password confirmation"),
    _("New password:"),
    _("Confirm password:"),
    _("The two password fields didn’t match."),
    _("Your old password was entered incorrectly. Please enter it again."),
    _("No password set."),
    _("Invalid password format or unknown hashing algorithm."),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Reset password"),
    _("Set password"),
    _("Set password: %s"),
    _("Change password"),
    _("Change password: %s"),
    _("Enter a new password for the user <strong>%(username)s</strong>."),
    _("Password changed successfully."),
    _("Password-based authentication was disabled."),
    _("Password-based authentication"),
    _("Enabled"),
    _("Disabled"),
    _("Enable password-based authentication"),
    _("Disable password-based authentication"),
    _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    _("Enable password-based authentication for this user by setting a password."),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        "count",
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    _("The password is too similar to the %(verbose_name)s."),
    _("Your password can’t be too similar to your other personal information."),
    _("This password is too common."),
    _("Your password can’t be a commonly used password."),
    _("This password is entirely numeric."),
    _("Your password can’t be entirely numeric."),
    _("Password change"),
    _("Change my password"),
    _("Your password was changed."),
    _("Password change successful"),
    _(
        "Please enter your old password, for security’s sake, and then enter your new password twice so we can verify you typed it in correctly."
    ),
    _("Please enter your new password twice so we can verify you typed it in correctly."),
    _("Password reset"),
    _("Password reset confirmation"),
    _("Password reset on %(site_name)s"),
    _("Password reset sent"),
    _("Enter new password"),
    _("Password reset unsuccessful"),
    _("Password reset complete"),
    _("Your password has been set.  You may go ahead and log in now."),
    _(
        "The password reset link was invalid, possibly because it has already been used.  Please request a new password reset."
    ),
    _(
        "We’ve emailed you instructions for setting your password, if an account exists with the email you entered. You should receive them shortly."
    ),
    _(
        "If you don’t receive an email, please make sure you’ve entered the address you registered with, and check your spam folder."
    ),
    _("You're receiving this email because you requested a password reset for your user account at %(site_name)s."),
    _("Please go to the following page and choose a new password:"),
    _("In case you’ve forgotten, you are:"),
    _("The %(site_name)s team"),
    _("Forgotten your password? Enter your email address below, and we’ll email instructions for setting a new one."),
    _("Email address:"),
    _("Reset my password"),
    _("algorithm"),
    _("iterations"),
    _("salt"),
    _("hash"),
)
