using CsCheck;
using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Timetables;

public sealed class CronScheduleTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];

    private static readonly Gen<string> Crons = Gen.Select(
        AnyOf("*", "0", "30", "*/15", "5,40", "59"),
        AnyOf("*", "0", "2", "1-3", "*/2", "23"),
        AnyOf("*", "1", "*/2", "L"),
        AnyOf("*", "*", "3,4,10,11"),
        AnyOf("*", "0", "7", "1-5", "sun"),
        (minute, hour, day, month, weekday) => $"{minute} {hour} {day} {month} {weekday}");

    // Instants near the changes of clocks of 2026 in all zones above, and anywhere in the year.
    private static readonly Gen<DateTimeOffset> Instants = Gen.OneOf(
        Gen.Int[0, 365 * 1440].Select(minute => At("2026-01-01T00:00:00Z").AddMinutes(minute)),
        Gen.Select(AnyOf("2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-03-08T07:00Z", "2026-11-01T06:00Z", "2026-04-04T15:00Z", "2026-10-03T15:30Z"), Gen.Int[-180 * 60, 180 * 60])
            .Select((change, seconds) => At(change).AddSeconds(seconds)));

    [Test]
    public void Next_is_the_first_tick_of_a_scan_minute_by_minute() =>
        Gen.Select(Crons, AnyOf(Zones), Instants).Sample(
            (cron, zone, instant) =>
            {
                var next = Schedule(cron, zone).Next(instant);
                var scanned = Scan(cron, zone, instant).Cast<DateTimeOffset?>().FirstOrDefault();
                return scanned is null ? next > instant.AddDays(3) : next == scanned;
            },
            iter: 300);

    [Test]
    public void Previous_and_next_undo_each_other() =>
        Gen.Select(Crons, AnyOf(Zones), Instants).Sample(
            (cron, zone, instant) =>
            {
                var schedule = Schedule(cron, zone);
                var (previous, next) = (schedule.Previous(instant), schedule.Next(instant));
                var onTick = schedule.Previous(next) == instant;
                return previous < instant && instant < next
                    && schedule.Next(previous) == (onTick ? instant : next)
                    && schedule.AlignNext(instant) == (onTick ? instant : next)
                    && schedule.AlignPrevious(instant) == (onTick ? instant : previous)
                    && schedule.AlignNext(next) == next && schedule.AlignPrevious(previous) == previous;
            },
            iter: 1000);

    [TestCase("0 0 13 * 5", "2026-02-01T00:00Z", "2026-02-06T00:00Z", "2026-02-13T00:00Z", "2026-02-20T00:00Z", TestName = "Both_day_fields_restricted_mean_either: Friday or the 13th (Friday the 13th once)")]
    [TestCase("0 0 10 * 5", "2026-02-06T00:00Z", "2026-02-10T00:00Z", "2026-02-13T00:00Z", "2026-02-20T00:00Z", TestName = "Both_day_fields_restricted_mean_either: Friday or the 10th")]
    [TestCase("0 0 * * 7", "2026-02-01T00:00Z", "2026-02-08T00:00Z", "2026-02-15T00:00Z", "2026-02-22T00:00Z", TestName = "Day_of_week_7_is_Sunday")]
    [TestCase("0 0 * * SUN", "2026-02-01T00:00Z", "2026-02-08T00:00Z", "2026-02-15T00:00Z", "2026-02-22T00:00Z", TestName = "Day_names_are_read")]
    [TestCase("0 0 1 feb-apr *", "2026-02-01T00:00Z", "2026-03-01T00:00Z", "2026-04-01T00:00Z", "2027-02-01T00:00Z", TestName = "Month_names_are_read")]
    [TestCase("30 6 * * * 15", "2026-02-01T00:00Z", "2026-02-01T06:30:15Z", "2026-02-02T06:30:15Z", "2026-02-03T06:30:15Z", TestName = "A_sixth_field_is_seconds_at_the_end")]
    [TestCase("0 0 29 2 *", "2096-03-01T00:00Z", "2104-02-29T00:00Z", "2108-02-29T00:00Z", "2112-02-29T00:00Z", TestName = "Eight_years_may_lie_between_two_ticks")]
    [TestCase("@hourly", "2026-02-01T00:00Z", "2026-02-01T01:00Z", "2026-02-01T02:00Z", "2026-02-01T03:00Z", TestName = "Preset_hourly")]
    [TestCase("@daily", "2026-02-01T00:00Z", "2026-02-02T00:00Z", "2026-02-03T00:00Z", "2026-02-04T00:00Z", TestName = "Preset_daily")]
    [TestCase("@weekly", "2026-02-01T00:00Z", "2026-02-08T00:00Z", "2026-02-15T00:00Z", "2026-02-22T00:00Z", TestName = "Preset_weekly")]
    [TestCase("@monthly", "2026-02-01T00:00Z", "2026-03-01T00:00Z", "2026-04-01T00:00Z", "2026-05-01T00:00Z", TestName = "Preset_monthly")]
    [TestCase("@quarterly", "2026-02-01T00:00Z", "2026-04-01T00:00Z", "2026-07-01T00:00Z", "2026-10-01T00:00Z", TestName = "Preset_quarterly")]
    [TestCase("@yearly", "2026-02-01T00:00Z", "2027-01-01T00:00Z", "2028-01-01T00:00Z", "2029-01-01T00:00Z", TestName = "Preset_yearly")]
    public void Ticks_follow(string cron, string from, string first, string second, string third)
    {
        var schedule = Schedule(cron, "UTC");
        var ticks = new[] { schedule.Next(At(from)), schedule.Next(At(first)), schedule.Next(At(second)) };
        Assert.Multiple(() =>
        {
            Assert.That(ticks, Is.EqualTo(new[] { At(first), At(second), At(third) }));
            Assert.That(schedule.Previous(At(third)), Is.EqualTo(At(second)));
            Assert.That(schedule.Previous(At(second)), Is.EqualTo(At(first)));
        });
    }

    [TestCase("0 * * * *", "2026-10-24T23:00Z", new[] { "2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z" }, TestName = "Every_hour_ticks_in_both_repeated_hours")]
    [TestCase("30 2 * * *", "2026-10-24T12:00Z", new[] { "2026-10-25T01:30Z", "2026-10-26T01:30Z" }, TestName = "A_repeated_wall_time_ticks_the_second_time_only")]
    [TestCase("30 2 * * *", "2026-03-28T12:00Z", new[] { "2026-03-29T01:30Z", "2026-03-30T00:30Z" }, TestName = "A_skipped_wall_time_ticks_an_hour_later_by_the_clock")]
    [TestCase("0 */2 * * *", "2026-10-24T22:30Z", new[] { "2026-10-25T01:00Z", "2026-10-25T03:00Z" }, TestName = "Every_second_hour_follows_the_wall_clock")]
    [TestCase("0 0 * * *", "2026-03-28T00:00Z", new[] { "2026-03-28T23:00Z", "2026-03-29T22:00Z" }, TestName = "A_day_may_have_23_hours")]
    public void Berlin_changes_its_clocks(string cron, string from, string[] expected)
    {
        var schedule = Schedule(cron, "Europe/Berlin");
        Assert.That(schedule.Between(At(from).AddSeconds(1), At(expected[^1])), Is.EqualTo(expected.Select(At)));
    }

    [Test]
    public void Wall_times_skipped_by_half_an_hour_may_tick_after_later_ones()
    {
        // On Lord Howe 02:00 becomes 02:30 at 15:30Z: 02:15 ticks at 02:45, after 02:40.
        var schedule = Schedule("15,40 2 * * *", "Australia/Lord_Howe");
        Assert.Multiple(() =>
        {
            Assert.That(schedule.Between(At("2026-10-03T15:00Z"), At("2026-10-03T17:00Z")), Is.EqualTo(new[] { At("2026-10-03T15:40Z"), At("2026-10-03T15:45Z") }));
            Assert.That(schedule.Previous(At("2026-10-03T17:00Z")), Is.EqualTo(At("2026-10-03T15:45Z")));
            Assert.That(schedule.Previous(At("2026-10-03T15:45Z")), Is.EqualTo(At("2026-10-03T15:40Z")));
        });
    }

    [Test]
    public void A_schedule_of_every_second_has_one_tick_a_second_backwards_too() =>
        Gen.Int[0, 10_000].Sample(second =>
        {
            var instant = At("2026-02-01T00:00Z").AddSeconds(second);
            var schedule = Schedule("* * * * * *", "UTC");
            return schedule.Previous(instant) == instant.AddSeconds(-1) && schedule.AlignPrevious(instant.AddMilliseconds(1)) == instant;
        });

    [TestCase("61 * * * *", "'61 \\* \\* \\* \\*'.*not a valid cron.*e\\.g\\.")]
    [TestCase("* * *", "3 fields.*5")]
    [TestCase("* * * * * * 2026", "7 fields")]
    [TestCase("@fortnightly", "'@fortnightly' is not a preset.*@weekly")]
    [TestCase("0 0 30 2 *", "never comes true")]
    [TestCase("every day", "2 fields")]
    [TestCase("0 0 x * *", "not a valid cron")]
    public void A_bad_cron_says_what_is_wrong_and_what_to_write(string cron, string message) =>
        Assert.That(() => Schedule(cron, "UTC"), Throws.TypeOf<TimetableException>().With.Message.Matches(message));

    [TestCase("0 0 * * *", "9999-12-31T23:59:59Z")]
    [TestCase("0 0 * * *", "0001-01-01T00:00:00Z")]
    [TestCase("0 12 31 12 *", "9998-12-30T12:00:00Z")]
    [TestCase("0 0 29 2 *", "9998-06-01T00:00:00Z")]
    public void A_date_at_the_ends_of_time_is_refused_in_words(string cron, string instant) =>
        Assert.That(() => Schedule(cron, "America/New_York").Next(At(instant)), Throws.TypeOf<TimetableException>().With.Message.Contains("9998"));

    [Test]
    public void A_tick_before_the_first_is_refused_in_words() =>
        Assert.That(() => Schedule("0 0 1 1 *", "America/New_York").Previous(At("0002-01-01T00:00Z")), Throws.TypeOf<TimetableException>().With.Message.Contains("9998"));

    private static Gen<string> AnyOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, null);

    private static CronSchedule Schedule(string cron, string zone) => new(cron, TimeZoneInfo.FindSystemTimeZoneById(zone));

    /// <summary>Every tick of the three days after an instant, found without Next or Previous: wall minute by wall minute, with TimeZoneInfo's own words for skipped and repeated.</summary>
    private static IEnumerable<DateTimeOffset> Scan(string cron, string zoneId, DateTimeOffset after)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var fields = cron.Split(' ');
        var firstWall = new DateTime(after.UtcDateTime.AddDays(-1).Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute);
        return Enumerable.Range(0, 5 * 1440)
            .Select(minute => firstWall.AddMinutes(minute))
            .Where(wall => Matches(fields, wall))
            .SelectMany(wall => InstantsOf(wall, zone, everyHour: fields[1] == "*"))
            .Where(tick => tick > after && tick <= after.AddDays(3))
            .Order();
    }

    private static DateTimeOffset[] InstantsOf(DateTime wall, TimeZoneInfo zone, bool everyHour)
    {
        if (zone.IsInvalidTime(wall))
        {
            return [new(wall, zone.GetUtcOffset(wall.AddHours(-3)))];
        }

        var offsets = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall) : [zone.GetUtcOffset(wall)];
        return everyHour ? [.. offsets.Select(offset => new DateTimeOffset(wall, offset))] : [new(wall, offsets.Min())];
    }

    private static bool Matches(string[] fields, DateTime wall)
    {
        var day = fields[2] == "L" ? wall.Day == DateTime.DaysInMonth(wall.Year, wall.Month) : Matches(fields[2], wall.Day, 1);
        var weekday = Matches(fields[4], (int)wall.DayOfWeek, 0);
        return Matches(fields[0], wall.Minute, 0) && Matches(fields[1], wall.Hour, 0) && Matches(fields[3], wall.Month, 1)
            && (fields[2] != "*" && fields[4] != "*" ? day || weekday : day && weekday);
    }

    private static bool Matches(string field, int value, int lowest) => field switch
    {
        "*" => true,
        "sun" or "7" => value == 0,
        _ when field.StartsWith("*/", StringComparison.Ordinal) => (value - lowest) % int.Parse(field[2..], null) == 0,
        _ when field.Contains('-') => value >= int.Parse(field.Split('-')[0], null) && value <= int.Parse(field.Split('-')[1], null),
        _ => field.Split(',').Contains(value.ToString(null as IFormatProvider)),
    };
}
