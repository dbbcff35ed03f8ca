"""Questions of a consultation's own, and what people answer."""

from importlib import import_module

import django.db.models.constraints
import django.db.models.deletion
import django.db.models.lookups
from django.db import migrations, models

reading_whole = import_module("consultations.migrations.0015_reading_whole")  # its name begins with a digit

# What somebody has answered keeps its meaning: words may be corrected and choices added, nothing else.
ANSWERED = """
CREATE FUNCTION consultations_keep_answered_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM consultations_ownanswer WHERE question_id = NEW.id) THEN
        RAISE EXCEPTION 'Somebody has answered this question' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'own_question_answered_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER own_question_answered_stays BEFORE UPDATE ON consultations_ownquestion
    FOR EACH ROW WHEN (
        (OLD.kind, OLD.consultation_id, OLD.city_session_id, OLD.is_personal)
        IS DISTINCT FROM (NEW.kind, NEW.consultation_id, NEW.city_session_id, NEW.is_personal)
        OR cardinality(string_to_array(NEW.choices_ky, chr(10))) < cardinality(string_to_array(OLD.choices_ky, chr(10)))
    )
    EXECUTE FUNCTION consultations_keep_answered_question();
"""
DROP_ANSWERED = """
DROP TRIGGER own_question_answered_stays ON consultations_ownquestion;
DROP FUNCTION consultations_keep_answered_question();
"""

# The session as its form needs it, with what is asked there now; see 0015.
READ = """
DROP FUNCTION consultations_city_session_at(text, text);
CREATE FUNCTION consultations_city_session_at(consultation_slug text, city_slug text) RETURNS TABLE (
    city_session jsonb, consultation jsonb, consent_text jsonb, own_questions jsonb,
    hall_held integer, online_held integer, hall_queue integer
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT
        to_jsonb(s), to_jsonb(c),
        (SELECT to_jsonb(t) FROM consultations_consenttext t WHERE t.consultation_id = c.id ORDER BY t.id DESC LIMIT 1),
        (
            SELECT jsonb_agg(to_jsonb(q) ORDER BY q.consultation_id NULLS LAST, q.place)
            FROM consultations_ownquestion q
            WHERE q.place IS NOT NULL AND (q.consultation_id = c.id OR q.city_session_id = s.id)
        ),
        consultations_hall_held(s.id, s.hall_capacity),
        consultations_online_held(s.id, s.online_capacity),
        consultations_hall_queue(s.id)
    FROM consultations_citysession s JOIN consultations_consultation c ON c.id = s.consultation_id
    WHERE c.slug = consultation_slug AND s.slug = city_slug AND s.is_published AND c.is_published;
END $$;
"""
READ_AS_IT_WAS = "DROP FUNCTION consultations_city_session_at(text, text);" + reading_whole.CITY_SESSION_AT


class Migration(migrations.Migration):

    dependencies = [
        ('consultations', '0020_newest_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='OwnQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='place on the form')),
                ('kind', models.CharField(choices=[('yes-no', 'yes or no'), ('choice', 'one of several answers'), ('text', 'in one’s own words')], default='yes-no', max_length=6, verbose_name='kind of answer')),
                ('words_ky', models.CharField(max_length=200, verbose_name='question')),
                ('words_ru', models.CharField(max_length=200, verbose_name='question')),
                ('hint_ky', models.CharField(blank=True, max_length=200, verbose_name='hint')),
                ('hint_ru', models.CharField(blank=True, max_length=200, verbose_name='hint')),
                ('choices_ky', models.TextField(blank=True, help_text='A line each, in the same order in both languages; only where one of several is chosen.', verbose_name='answers to choose from')),
                ('choices_ru', models.TextField(blank=True, help_text='A line each, in the same order in both languages; only where one of several is chosen.', verbose_name='answers to choose from')),
                ('is_required', models.BooleanField(default=False, verbose_name='must be answered')),
                ('is_personal', models.BooleanField(default=True, help_text='The answers are then erased together with the person’s data; else their numbers stay.', verbose_name='says something about the person')),
                ('seen_by', models.CharField(choices=[('organisers', 'the organisers alone'), ('lists', 'the organisers, and whoever takes lists of participants')], default='organisers', max_length=10, verbose_name='who sees the answers')),
                ('city_session', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='questions_of_its_own', to='consultations.citysession', verbose_name='city session')),
                ('consultation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='own_questions', to='consultations.consultation', verbose_name='consultation')),
            ],
            options={
                'verbose_name': 'own question',
                'verbose_name_plural': 'own questions',
                'ordering': ['place', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='OwnAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('choice', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='answer chosen')),
                ('text', models.TextField(blank=True, max_length=1000, verbose_name='in the person’s words')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='own_answers', to='consultations.registration', verbose_name='registration')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='consultations.ownquestion', verbose_name='question')),
            ],
            options={
                'verbose_name': 'answer',
                'verbose_name_plural': 'answers to own questions',
                'ordering': ['question__consultation_id', 'question__place', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('city_session__isnull', False), ('consultation__isnull', True)), models.Q(('city_session__isnull', True), ('consultation__isnull', False)), _connector='OR'), name='own_question_of_a_consultation_or_a_session'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(('place', None), models.Q(('place__gte', 1), ('place__lte', 5)), _connector='OR'), name='own_question_at_most_five'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('consultation', 'place'), name='own_question_once_per_place_of_consultation'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('city_session', 'place'), name='own_question_once_per_place_of_session'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['yes-no', 'choice', 'text'])), name='own_question_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(('seen_by__in', ['organisers', 'lists'])), name='own_question_seen_by_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('words_ky', ''), _negated=True), models.Q(('words_ru', ''), _negated=True)), name='own_question_is_in_both_languages'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind', 'choice'), _negated=True), ('choices_ky', ''), ('choices_ru', '')), models.Q(django.db.models.lookups.Exact(models.Func(models.Func(models.F('choices_ky'), models.Func(models.Value(10), function='chr'), function='string_to_array'), function='cardinality', output_field=models.IntegerField()), models.Func(models.Func(models.F('choices_ru'), models.Func(models.Value(10), function='chr'), function='string_to_array'), function='cardinality', output_field=models.IntegerField())), django.db.models.lookups.GreaterThanOrEqual(models.Func(models.Func(models.F('choices_ky'), models.Func(models.Value(10), function='chr'), function='string_to_array'), function='cardinality', output_field=models.IntegerField()), 2), django.db.models.lookups.LessThanOrEqual(models.Func(models.Func(models.F('choices_ky'), models.Func(models.Value(10), function='chr'), function='string_to_array'), function='cardinality', output_field=models.IntegerField()), 12), ('kind', 'choice')), _connector='OR'), name='own_question_choices_fit_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='ownquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'text'), _negated=True), ('is_personal', True), _connector='OR'), name='own_question_in_own_words_is_personal'),
        ),
        migrations.AddConstraint(
            model_name='ownanswer',
            constraint=models.UniqueConstraint(fields=('registration', 'question'), name='own_answer_once_per_question'),
        ),
        migrations.AddConstraint(
            model_name='ownanswer',
            constraint=models.CheckConstraint(condition=models.Q(('choice', None), ('text', ''), _connector='OR'), name='own_answer_is_a_choice_or_words'),
        ),
        migrations.RunSQL(ANSWERED, DROP_ANSWERED),
        migrations.RunSQL(READ, READ_AS_IT_WAS),
    ]
