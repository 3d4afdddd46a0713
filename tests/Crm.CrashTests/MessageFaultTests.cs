using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>Fault 1: the host is killed while a lot of messages goes out. Short form: 300 messages, 3 kills; CRM_CRASH_LONG=1: 10,000 and 20.</summary>
[Collection("killed hosts")]
public sealed class MessageFaultTests(ITestOutputHelper output)
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";

    [Fact]
    public async Task No_message_is_lost_and_none_is_taken_twice_when_the_host_is_killed_in_the_middle_of_sending()
    {
        var (messages, kills) = s_long ? (10_000, 20) : (300, 3);
        await using var world = await CrashWorld.StartAsync();
        // Without a gateway they wait; with one all want to leave at once.
        await Parallel.ForEachAsync(Enumerable.Range(0, messages), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (n, _) =>
            await world.Api.PostAsync("/api/v1/messages", new { channel = "sms", address = $"0912{n:0000000}", body = $"message {n}" }, $"message {n}"));
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(s_long ? 5 : 40));
        for (var kill = 1; kill <= kills; kill++)
        {
            // Counted in messages that the gateway took, so that each kill falls into the sending.
            var share = messages * kill / (kills + 2);
            await Until.TrueAsync($"{share} messages are taken", TimeSpan.FromMinutes(2), () => Task.FromResult(world.Gateway.Taken.Count >= share), 1);
            await world.Host.KillAsync();
            await world.StartHostAsync();
        }

        await Until.TrueAsync("all messages are sent", TimeSpan.FromMinutes(s_long ? 20 : 2), async () => await world.AskAsync<long>("select count(*) from messaging.messages where state = 'Sent'") == messages);

        var keys = await world.QueryAsync<string>("select id::text from messaging.messages");
        keys.Except(world.Gateway.Taken.Keys).Should().BeEmpty("0 lost");
        world.Gateway.Taken.Keys.Except(keys).Should().BeEmpty("nothing else leaves");
        world.Gateway.Taken.Values.Should().OnlyContain(n => n == 1, "0 duplicates at a gateway that dedupes on our key");
        world.Gateway.Seen.Select(s => s.Key).Should().OnlyContain(k => k.Length > 0).And.Equal(world.Gateway.Seen.Select(s => s.Header), "the key goes with every try");
        var again = world.Gateway.Asked.Values.Sum(n => n - 1);
        var takenOver = await world.AskAsync<long>("select count(*) from messaging.tries where outcome = 'TakenOver'");
        output.WriteLine($"{again} handed over again, {takenOver} taken over, {CrashWorld.Window * kills} in the documented window");
        again.Should().BeLessThanOrEqualTo(CrashWorld.Window * kills, "a gateway that does not dedupe gets at most what was under way at each kill");
        again.Should().BeLessThanOrEqualTo((int)takenOver, "each one that goes out again stands in the log");
        await world.CheckIsCleanAsync();
    }
}
