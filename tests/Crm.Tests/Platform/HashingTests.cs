using Crm.Platform.Access;

namespace Crm.Tests.Platform;

public sealed class HashingTests
{
    [Fact]
    public async Task Who_signs_in_while_the_machine_is_full_is_let_in_by_a_thread_that_takes_its_share()
    {
        using var threads = new HashingThreads();
        using var full = new ManualResetEventSlim();
        // A thread that runs only on an idle core does not come to its end while others have work; whether it has begun by then is chance.
        var answer = await threads.RunAsync(
            () =>
            {
                if (Thread.CurrentThread.Priority != ThreadPriority.Lowest) return "a share";
                full.Wait(TimeSpan.FromMinutes(1));
                return "an idle core";
            },
            CancellationToken.None);
        answer.Should().Be("a share");
        full.Set();
    }

    [Fact]
    public async Task What_goes_wrong_within_a_hash_is_told_to_who_asked_for_it()
    {
        using var threads = new HashingThreads();
        var ask = () => threads.RunAsync<int>(() => throw new InvalidOperationException("no such algorithm"), CancellationToken.None);
        await ask.Should().ThrowAsync<InvalidOperationException>().WithMessage("no such algorithm");
    }
}
