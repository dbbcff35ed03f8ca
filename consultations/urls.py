"""The whole public map on one screen. Posters carry these addresses: a path that was printed never dies."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from .views import (
    accounts,
    answering,
    attendance,
    calling,
    carrying,
    door,
    files,
    finding,
    form_preview,
    health,
    joining,
    lists,
    needs,
    numbers,
    own,
    own_data,
    paper,
    practising,
    preview,
    public,
    registering,
    short,
    telephone,
)
from .views import second_factor as factor

ticket_urls = [
    path("", own.ticket_detail, name="ticket-detail"),
    path("change/", own.ticket_change, name="ticket-change"),
    path("switch/", own.ticket_switch, name="ticket-switch"),
    path("city/", own.ticket_move, name="ticket-move"),
    path("replace/", own.ticket_replace, name="ticket-replace"),
    path("cancel/", own.ticket_cancel, name="ticket-cancel"),
    path("new-link/", own.ticket_new_link, name="ticket-new-link"),
    path("answer/", answering.ticket_answer, name="ticket-answer"),
    path("return/", own.ticket_return, name="ticket-return"),
    path("zoom-form/", own.ticket_zoom_form, name="ticket-zoom-form"),
    path("group/", own.ticket_group, name="ticket-group"),
    path("group/tickets.pdf", files.group_passes, name="ticket-group-passes"),
    path("group/add/", own.ticket_group_add, name="ticket-group-add"),
    path("data/", own_data.ticket_data, name="ticket-data"),
    path("data.json", own_data.ticket_data_file, name="ticket-data-file"),
    path("delete/", own_data.ticket_delete, name="ticket-delete"),
    path("calendar.ics", files.ticket_calendar, name="ticket-calendar"),
    path("pass.png", files.ticket_picture, name="ticket-picture"),
    path("certificate.pdf", files.ticket_certificate, name="ticket-certificate"),
    path("qr.svg", files.ticket_qr_svg, name="ticket-qr-svg"),
]

preview_urls = [
    path("", preview.preview_consultation, name="preview-consultation"),
    path("documents/<slug:document>/", preview.preview_document, name="preview-document"),
    path("<slug:slug>/", preview.preview_session, name="preview-session"),
]

telephone_urls = [
    path("", telephone.telephone, name="telephone"),
    path("register/<int:city_session>/", telephone.telephone_register, name="telephone-register"),
    path("<int:registration>/", telephone.telephone_person, name="telephone-person"),
    path("<int:registration>/change/", telephone.telephone_change, name="telephone-change"),
    path("<int:registration>/replace/", telephone.telephone_replace, name="telephone-replace"),
    path("<int:registration>/city/", telephone.telephone_move, name="telephone-move"),
    path("<int:registration>/add/", telephone.telephone_add, name="telephone-add"),
]

session_urls = [
    path("", public.session_detail, name="session-detail"),
    path("register/", registering.registration_create, name="registration-create"),
    path("register/known/", registering.registration_known, name="registration-known"),
    path("calendar.ics", files.session_calendar, name="session-calendar"),
    path("card.png", files.session_card, name="session-card"),
    path("poster.png", files.session_poster_picture, name="session-poster-picture"),
    path("poster.pdf", files.session_poster, name="session-poster"),
    path("qr.svg", files.session_qr_svg, name="session-qr-svg"),
    path("qr.png", files.session_qr_png, name="session-qr-png"),
]

consultation_urls = [
    path("", public.consultation_detail, name="consultation-detail"),
    path("calendar.ics", files.consultation_calendar, name="consultation-calendar"),
    path("announcement.pdf", files.consultation_announcement, name="consultation-announcement"),
    path("numbers/", public.consultation_numbers, name="consultation-numbers"),
    path("documents/<slug:document>/", files.document_detail, name="document-detail"),
    path("<slug:slug>/", include(session_urls)),
]

door_urls = [
    path("", door.door, name="door"),
    path("arrival/", door.door_arrival, name="door-arrival"),
    path("walk-in/", door.door_walk_in, name="door-walk-in"),
    path("practise/", practising.door_practise, name="door-practise"),
    path("shell/", carrying.door_shell, name="door-shell"),
    path("state/", carrying.door_state, name="door-state"),
    path("list/", carrying.door_list, name="door-list"),
    path("deliver/", carrying.door_deliver, name="door-deliver"),
    path("this-phone/", door.door_own_phone, name="door-own-phone"),
]

pages_in_a_language = [
    path("", public.home, name="home"),
    path("privacy/", public.privacy, name="privacy"),
    path("access/", public.access, name="access"),
    path("questions/", public.questions, name="questions"),
    path("my/", finding.my_tickets, name="my-tickets"),
    path("my/forget/", finding.my_tickets_forget, name="my-tickets-forget"),
    path("my/deleted/", own_data.data_deleted, name="data-deleted"),
    path("find/", finding.ticket_find, name="ticket-find"),
    path("r/<str:code>/", include(ticket_urls)),
    path("preview/<str:preview>/", include(preview_urls)),
    path("<slug:consultation>/", include(consultation_urls)),
]

urlpatterns = [
    path("", short.root, name="root"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("staff/telephone/", include(telephone_urls)),
    path("staff/calls/", calling.call_list, name="call-list"),
    path("staff/needs/", needs.need_list, name="need-list"),
    path("staff/attendance/", attendance.attendance_index, name="attendance-index"),
    path("staff/attendance/<int:city_session>/", attendance.attendance, name="attendance"),
    path("staff/attendance/<int:city_session>/paper/", attendance.attendance_paper, name="attendance-paper"),
    path("staff/attendance/<int:city_session>/zoom/", attendance.attendance_zoom, name="attendance-zoom"),
    path("staff/form/<int:city_session>/", form_preview.form_preview, name="form-preview"),
    path("staff/lists/", lists.list_index, name="list-index"),
    path("staff/lists/export/", lists.list_export, name="list-export"),
    path("staff/paper/<int:city_session>/", paper.paper_index, name="paper-index"),
    path("staff/paper/<int:city_session>/poster.png", paper.paper_picture, name="paper-picture"),
    path("staff/paper/<int:city_session>/<slug:paper>/", paper.paper_detail, name="paper-detail"),
    path("staff/exports/", lists.export_list, name="export-list"),
    path("staff/numbers/", numbers.numbers_detail, name="numbers-detail"),
    path("staff/numbers/numbers.xlsx", numbers.numbers_file, name="numbers-file"),
    path("staff/numbers/annex/", numbers.annex_file, name="annex-file"),
    path("staff/password/", accounts.password_forgotten, name="admin_password_reset"),  # the name Django's login knows
    path("staff/password/<str:user>/<str:key>/", accounts.password_set, name="password-set"),
    path("staff/second-factor/", factor.second_factor_check, name="second-factor"),
    path("staff/second-factor/set-up/", factor.second_factor_set_up, name="second-factor-set-up"),
    path("staff/second-factor/own/", factor.second_factor_own, name="second-factor-own"),
    path("door/", door.door_index, name="door-index"),
    path("door/worker.js", carrying.door_worker, name="door-worker"),
    path("door/pass/<str:secret>", door.door_pass, name="door-pass"),
    path("door/leave/", door.door_leave, name="door-leave"),
    path("door/<int:city_session>/", include(door_urls)),
    path("p/<str:pass_number>", joining.ticket_number, name="ticket-number"),
    path("j/<str:join_code>", joining.join, name="join"),
    path("unsubscribe/<str:token>", answering.unsubscribe, name="unsubscribe"),
    *i18n_patterns(*pages_in_a_language, prefix_default_language=True),
    # Inside QR codes and on paper: no language, and no outside address that may change.
    path("<slug:consultation>/comment", short.comment_form, name="short-comment"),
    path("<slug:consultation>/docs/<slug:document>", short.document, name="short-document"),
    path("<slug:consultation>/<slug:slug>/zoom", short.zoom, name="short-zoom"),
    path("<str:city>", short.city, name="short-city"),
]

handler400 = "consultations.views.errors.bad_request"
handler403 = "consultations.views.errors.permission_denied"
handler404 = "consultations.views.errors.page_not_found"
handler500 = "consultations.views.errors.server_error"
