"""What a question may name beyond the views: no function that changes anything, waits, reads a file, tells
others or makes something huge of nothing.

A list of what is allowed, not of what is forbidden: a function that a new version or an extension brings is
refused until somebody has looked at it.
"""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


BOTH = words_of(
    """
    abs avg ceil ceiling coalesce count cume_dist dense_rank exp first_value floor lag last_value
    lead length ln lower ltrim max min mod nth_value ntile nullif percent_rank power rank replace
    round row_number rtrim sign sqrt substr substring sum trim upper
    """
)
POSTGRESQL = BOTH | words_of(
    """
    age bool_and bool_or btrim char_length concat concat_ws corr date date_bin date_part date_trunc
    div every extract generate_series greatest initcap isfinite justify_days justify_hours left
    least log make_date make_interval md5 mode now overlay percentile_cont percentile_disc position
    regexp_match regexp_replace reverse right row split_part starts_with stddev stddev_pop
    stddev_samp string_agg strpos to_char to_date to_number to_timestamp translate trunc var_pop
    var_samp variance width_bucket
    """
)
SQLITE = BOTH | words_of(
    """
    date datetime glob group_concat hex ifnull iif instr julianday like random strftime time total
    typeof unicode unixepoch
    """
)
# Words of SQL after which a parenthesis calls no function.
GRAMMAR = words_of(
    """
    all and any as asc between by case cast cross desc distinct else end except exists filter from
    full group having in inner intersect is join lateral left like limit materialized natural not
    null offset on or order outer over partition right select set similar some then union using
    values when where with within recursive rollup cube sets grouping ilike
    """
)
# Types that take a length.
TYPES = words_of(
    """
    char decimal interval numeric time timestamp timestamptz varchar
    """
)
# What no question has, not within a WITH either. All others could only begin one, and it begins with SELECT.
STATEMENTS = words_of(
    """
    alter attach copy create delete detach drop explain grant insert into merge pragma revoke
    truncate update vacuum
    """
)
# Types whose values are names of the database's own things, and what answers for all that is there.
SYSTEM = words_of(
    """
    information_schema regclass regcollation regconfig regdictionary regnamespace regoper
    regoperator regproc regprocedure regrole regtype sqlite_master sqlite_schema sqlite_temp_master
    sqlite_temp_schema sqlite_sequence sqlite_stat1 operator dbstat
    """
)
