using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Seeds;

/// <summary>
/// Thirty jobs of the last weeks on the demo routines, in various stages, some late, some over: really run through the runtime, by a clock that begins in the
/// past, so that their journals, stages and alarms are those of real ones.
/// </summary>
internal sealed class DemoJobs(RoutinesDb db, IRoutineStore routines, IContactDirectory contacts, IServiceScopeFactory scopes, RuntimePump pump, TimeProvider time) : IDemoSeed
{
    private const int Jobs = 30;

    public int Order => 50;

    [BypassesSave("Demo data: jobs are started and their stages ended at moments of the past, each in a save of its own.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Jobs.AnyAsync(ct)) return;
        var published = await routines.AllPublishedAsync(ct);
        var customers = (await contacts.SearchAsync("ا", 200, ct)).Where(c => c.OwnerId is not null).OrderBy(c => c.Number).ToList();
        if (published.Count == 0 || customers.Count == 0) return;
        var random = new Random(1405);
        var now = time.GetUtcNow();
        // The oldest first: the clock of the seed only ever goes on within one job, and due moments of others are kept until the end.
        for (var n = 0; n < Jobs; n++)
        {
            var routine = published[n % published.Count];
            var customer = customers[(n * 7) % customers.Count];
            var clock = new SeedClock(now - TimeSpan.FromHours(((Jobs - n) * 17) + random.Next(10)));
            var job = await InScopeAsync(customer.BranchId, async sp => (await sp.GetRequiredService<JobStarter>().StartAsync(new NewJob
            {
                Routine = routine, ContactId = customer.Id, StartedBy = customer.OwnerId, Agents = [customer.OwnerId!.Value], StartKey = $"demo:{n}", At = clock.GetUtcNow(),
            }, ct))!.Id, ct);
            await pump.DrainAsync(clock, ct);
            var steps = random.Next(0, 6);
            for (var step = 0; step < steps; step++)
            {
                clock.Advance(TimeSpan.FromHours(1 + random.Next(30)));
                if (clock.GetUtcNow() >= now) break;
                if (!await FinishOneAsync(job, customer.BranchId, random, clock.GetUtcNow(), ct)) break;
                await pump.DrainAsync(clock, ct);
            }
        }

        await pump.DrainAsync(ct);
        await FillAsync(customers, random, now, ct);
    }

    // What somebody asked a few customers by the way, outside of any routine.
    private async Task FillAsync(List<ContactCard> customers, Random random, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var (customer, n) in customers.Take(4).Select((c, i) => (c, i)))
        {
            await InScopeAsync(customer.BranchId, async sp =>
            {
                var own = sp.GetRequiredService<RoutinesDb>();
                var forms = await own.Forms.Where(f => f.ForCustomers && f.PublishedVersionId != null).OrderBy(f => f.Name).ToListAsync(ct);
                if (forms.Count == 0) return false;
                var form = forms[n % forms.Count];
                var at = now - TimeSpan.FromHours(20 + (n * 31));
                own.Add(new FilledForm(Guid.CreateVersion7(), form, form.PublishedVersionId!.Value, customer.Id, customer.BranchId, AnswersFor([.. form.Design.Fields], random, at), at, customer.OwnerId));
                return true;
            }, ct);
        }
    }

    private Task<bool> FinishOneAsync(Guid job, Guid branch, Random random, DateTimeOffset at, CancellationToken ct) => InScopeAsync(branch, async sp =>
    {
        var own = sp.GetRequiredService<RoutinesDb>();
        var stage = await own.Stages.Where(s => s.JobId == job && s.Status == StageStatus.Open).OrderBy(s => s.OpenedAt).ThenBy(s => s.Id).FirstOrDefaultAsync(ct);
        if (stage is null) return false;
        var people = await sp.GetRequiredService<StagePeople>().OfAsync(stage, at, ct);
        if (people.Count == 0) return false;
        var doer = people[random.Next(people.Count)];
        if (stage.ChoosePerson) stage.HandOver(doer);
        // Most go the straight way; a few take another.
        var outcomes = stage.Setup.Outcomes;
        var outcome = random.Next(5) > 0 ? outcomes[0] : outcomes[random.Next(outcomes.Count)];
        sp.GetRequiredService<StageFinisher>().Finish(stage, outcome, AnswersFor(stage.Fields, random, at), null, doer, at);
        own.RemoveRange(await own.Set<StageAlarm>().Where(a => a.StageItemId == stage.Id).ToListAsync(ct));
        return true;
    }, ct);

    [BypassesSave("Demo jobs are made in the past, step by step; each step saves by itself as the runtime would.")]
    private async Task<T> InScopeAsync<T>(Guid branch, Func<IServiceProvider, Task<T>> act, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("demo data", branch);
        var result = await act(scope.ServiceProvider);
        await scope.ServiceProvider.GetRequiredService<RoutinesDb>().SaveChangesAsync(ct);
        return result;
    }

    private static JsonObject AnswersFor(IReadOnlyList<FormField> fields, Random random, DateTimeOffset at)
    {
        string[] remarks = ["با مدیر ساختمان هماهنگ شد.", "چاهک نیاز به عایق‌کاری دارد.", "درِ طبقهٔ همکف تنظیم شود.", "مشتری برای تحویل زودتر عجله دارد."];
        var answers = new JsonObject();
        foreach (var field in fields.Where(f => f.ShownWhen is null))
        {
            answers[field.Name] = field.Kind switch
            {
                FieldKind.Number => random.Next(4, 13),
                FieldKind.Money => random.Next(8, 60) * 50_000_000L,
                FieldKind.YesNo => random.Next(3) > 0,
                FieldKind.Date => DateOnly.FromDateTime(at.AddDays(random.Next(3, 20)).UtcDateTime).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                FieldKind.Choice when field.Choices is { Count: > 0 } choices => choices[random.Next(choices.Count)].Value,
                FieldKind.MultiChoice when field.Choices is { Count: > 0 } choices => new JsonArray(choices[random.Next(choices.Count)].Value),
                _ => remarks[random.Next(remarks.Length)],
            };
        }

        return answers;
    }

    private sealed class SeedClock(DateTimeOffset start) : TimeProvider
    {
        private DateTimeOffset _now = start;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
