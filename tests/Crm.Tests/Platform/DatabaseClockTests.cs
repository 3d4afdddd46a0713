using Crm.Data;
using Crm.Testing;
using Npgsql;

namespace Crm.Tests.Platform;

/// <summary>Fault 10: what is due is due by the database's clock, whatever the host's own does; what lasts is measured by a clock that nobody sets.</summary>
public sealed class DatabaseClockTests
{
    [Fact]
    public async Task A_host_whose_clock_is_wrong_or_is_set_goes_by_the_databases_and_is_never_ahead_of_it()
    {
        await using var source = NpgsqlDataSource.Create(await TestDatabase.AdminAsync());
        var own = new FakeClock();
        own.Set(DateTimeOffset.UtcNow + TimeSpan.FromHours(2));
        var clock = new DatabaseClock(own);
        var told = new List<TimeSpan>();
        clock.WasSet += told.Add;
        clock.GetUtcNow().Should().Be(own.GetUtcNow(), "before the database was asked there is no better one");

        (await clock.AskAsync(source, default)).Should().BeCloseTo(TimeSpan.FromHours(-2), TimeSpan.FromMinutes(1));
        var asked = clock.GetUtcNow();
        var now = await NowAsync(source);
        asked.Should().BeOnOrBefore(now).And.BeCloseTo(now, TimeSpan.FromMinutes(1));

        foreach (var by in (double[])[-2, 2])
        {
            own.Set(DateTimeOffset.UtcNow + TimeSpan.FromHours(by));
            clock.GetUtcNow().Should().Be(asked, "no time has passed");
        }

        own.Advance(TimeSpan.FromMinutes(10));
        clock.GetUtcNow().Should().Be(asked + TimeSpan.FromMinutes(10));
        told.Should().BeEmpty();

        // To this host it looks as if the database's clock had been put back by the ten minutes that did not pass there.
        (await clock.AskAsync(source, default)).Should().BeCloseTo(TimeSpan.FromMinutes(-10), TimeSpan.FromMinutes(1));
        told.Should().ContainSingle();
        clock.GetUtcNow().Should().BeOnOrBefore(await NowAsync(source));
    }

    private static async Task<DateTimeOffset> NowAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select clock_timestamp()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync())!, TimeSpan.Zero);
    }
}
