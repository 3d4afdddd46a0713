using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

/// <summary>Long work: it begins with the save, runs as its user, goes on from its checkpoint, and ends told.</summary>
public sealed class BackgroundWorkTests(BackgroundWorkTests.WorkApp app) : IClassFixture<BackgroundWorkTests.WorkApp>
{
    [Fact]
    public async Task Work_runs_as_its_user_and_ends_in_a_notification_with_a_file()
    {
        app.Step = async (run, ct) =>
        {
            run.User.Id.Should().Be(await app.UserIdAsync("reza"));
            run.Args<CountTo>().Number.Should().Be(3);
            await run.ReportAsync(3, 3);
            await run.ResultFileAsync("numbers.csv", new MemoryStream(Encoding.UTF8.GetBytes("1,2,3\r\n")), ct);
            run.Result("Counted to {0}.", 3);
        };
        var id = await StartAsync("reza", "numbers");
        await app.DrainAsync();

        var reza = await app.As("reza");
        var page = await reza.OpenAsync("/work");
        var text = page.Text;
        text.Should().Contain("Counting numbers").And.Contain("Counted to ۳.").And.Contain("numbers.csv").And.Contain("انجام شد");
        var state = await StateAsync(id);
        (state.Stage, state.Done, state.Total).Should().Be((BackgroundStage.Done, 3, 3));
        (await app.QueryAsync<string>("select text || '|' || array_to_string(args, '|') from platform.notifications where user_id = @u order by id desc limit 1", new { u = await app.UserIdAsync("reza") })).Single().Should().Be("{0}: {1}|Counting (numbers)|Counted to ۳.");

        using var file = await reza.Client.GetAsync($"/files/{state.FileId}");
        (await file.Content.ReadAsStringAsync()).Should().Be("1,2,3\r\n");
        using var others = await (await app.As("maryam")).Client.GetAsync($"/files/{state.FileId}");
        others.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
        (await app.InScopeAsync(sp => sp.GetRequiredService<IBackgroundWork>().FindAsync(id), "maryam")).Should().BeNull("it is not hers");
    }

    [Fact]
    public async Task A_run_goes_on_from_its_checkpoint_after_an_error()
    {
        var begun = new List<int>();
        app.Step = async (run, ct) =>
        {
            var at = run.Checkpoint<CountTo>()?.Number ?? 0;
            begun.Add(at);
            for (; at < 5; at++)
            {
                await run.SaveCheckpointAsync(new CountTo(at + 1), ct);
                if (at is 1 or 3 && begun.Count < 3) throw new InvalidOperationException("broken");
            }
        };
        var id = await StartAsync("reza");
        for (var i = 0; i < 3; i++)
        {
            await app.DrainAsync();
            await app.QueryAsync<int>("update platform.background_work set due_at = now() where stage = 'Waiting' returning 1");
        }

        begun.Should().Equal(0, 2, 4);
        (await StateAsync(id)).Stage.Should().Be(BackgroundStage.Done);
    }

    [Fact]
    public async Task An_error_that_does_not_pass_is_given_up_and_told_in_words()
    {
        var tries = 0;
        app.Step = (_, _) => throw new InvalidOperationException(FormattableString.Invariant($"broken {++tries}"));
        var id = await StartAsync("reza");
        for (var i = 0; i < 4; i++)
        {
            await app.DrainAsync();
            await app.QueryAsync<int>("update platform.background_work set due_at = now() where stage = 'Waiting' returning 1");
        }

        tries.Should().Be(3);
        (await StateAsync(id)).Problem.Should().StartWith("Something unexpected happened");
        app.Step = (_, _) => throw new RuleBroken("x.y", "You no longer have the right to do this.");
        id = await StartAsync("reza");
        await app.DrainAsync();
        (await StateAsync(id)).Problem.Should().Be("You no longer have the right to do this.");
    }

    [Fact]
    public async Task Nothing_starts_whose_command_failed()
    {
        var before = (await app.QueryAsync<long>("select count(*) from platform.background_work")).Single();
        await app.InScopeAsync(async sp =>
        {
            await sp.GetRequiredService<IBackgroundWork>().StartAsync(Counting.Name);
            return 0;
        }, "reza");
        (await app.QueryAsync<long>("select count(*) from platform.background_work")).Single().Should().Be(before);
    }

    [Fact]
    public async Task A_dead_hosts_work_is_taken_over_and_a_frozen_one_can_save_nothing_more()
    {
        Exception? refused = null;
        var id = Guid.Empty;
        var begun = 0;
        app.Step = async (run, ct) =>
        {
            if (++begun > 1) return;
            // The host was frozen longer than its lease: another one (here the next round) takes the run.
            await app.QueryAsync<int>("update platform.background_work set heartbeat = now() - interval '1 minute', lease = gen_random_uuid() where id = @id returning 1", new { id = run.Id });
            try
            {
                await run.SaveCheckpointAsync(new CountTo(7), ct);
            }
            catch (Exception e)
            {
                refused = e;
                throw;
            }
        };
        id = await StartAsync("reza");
        await app.DrainAsync();
        refused.Should().NotBeNull();
        begun.Should().Be(2);
        (await StateAsync(id)).Stage.Should().Be(BackgroundStage.Done);
        (await app.QueryAsync<string?>("select checkpoint::text from platform.background_work where id = @id", new { id })).Single().Should().BeNull();
    }

    [Fact]
    public async Task Cancelled_work_stops_at_its_next_report()
    {
        var reached = 0;
        app.Step = async (run, ct) =>
        {
            await app.SendAsync(new Crm.Platform.Features.WorkList.CancelWorkCommand(run.Id), "reza");
            // The pump looks once a second.
            for (; reached < 100; reached++)
            {
                await run.ReportAsync(reached, 100);
                await Task.Delay(50, ct);
            }
        };
        var id = await StartAsync("reza");
        await app.DrainAsync();
        reached.Should().BeLessThan(100);
        (await StateAsync(id)).Stage.Should().Be(BackgroundStage.Cancelled);

        var waiting = await StartAsync("reza");
        var reza = await app.As("reza");
        await reza.PostAsync("/work", [("run", waiting.ToString())], "/work?handler=Cancel");
        (await StateAsync(waiting)).Stage.Should().Be(BackgroundStage.Cancelled);
    }

    [Fact]
    public async Task A_deactivated_user_stops_his_work()
    {
        var id = await StartAsync("sara");
        await app.QueryAsync<int>("update platform.users set active = false where user_name = 'sara' returning 1");
        app.Clock.Advance(TimeSpan.FromSeconds(6));
        var ran = false;
        app.Step = (_, _) =>
        {
            ran = true;
            return Task.CompletedTask;
        };
        await app.DrainAsync();
        ran.Should().BeFalse();
        (await StateAsync(id)).Stage.Should().Be(BackgroundStage.Cancelled);
        await app.QueryAsync<int>("update platform.users set active = true where user_name = 'sara' returning 1");
        app.Clock.Advance(TimeSpan.FromSeconds(6));
    }

    private async Task<Guid> StartAsync(string user, string? about = null) => await app.InScopeAsync(async sp =>
    {
        var id = await sp.GetRequiredService<IBackgroundWork>().StartAsync(Counting.Name, new CountTo(3), about);
        await sp.GetRequiredService<Crm.Platform.Data.PlatformDb>().SaveChangesAsync();
        return id;
    }, user);

    private Task<BackgroundState> StateAsync(Guid id) => app.InScopeAsync(async sp =>
    {
        System.Globalization.CultureInfo.CurrentUICulture = new("en");
        return (await sp.GetRequiredService<IBackgroundWork>().FindAsync(id))!;
    });

    internal sealed record CountTo(int Number);

    public sealed class WorkApp : CrmApp
    {
        public Func<BackgroundRun, CancellationToken, Task> Step { get; set; } = (_, _) => Task.CompletedTask;

        protected override void ConfigureServices(IServiceCollection services) => services.AddScoped<IBackgroundJob>(_ => new Counting(this));
    }

    private sealed class Counting(WorkApp app) : IBackgroundJob
    {
        public const string Name = "tests.count";

        public string Key => Name;

        public string Title => "Counting";

        public Task RunAsync(BackgroundRun run, CancellationToken ct) => app.Step(run, ct);
    }
}
