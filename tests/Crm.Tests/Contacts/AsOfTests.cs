using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.DeleteContact;
using Crm.Contacts.Features.EditContact;
using Crm.Platform.Data;
using Crm.Platform.Features.Bin;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class AsOfTests(DemoApp app) : IClassFixture<DemoApp>
{
    private const string Entity = "contacts.Contact";

    private sealed record Snapshot(DateTimeOffset From, string Fields, string[] Phones);

    // What stands in the tables now, without a look at the history.
    private async Task<Snapshot> LookAsync(Guid id)
    {
        var told = await app.InScopeAsync(sp => sp.GetRequiredService<ContactsDb>().ToldAsync(typeof(Contact), id, default));
        var phones = await app.QueryAsync<string>("select kind || ' ' || number from contacts.contact_phones where contact_id = @id order by 1", new { id });
        return new(app.Clock.GetUtcNow(), Sorted(told!), [.. phones]);
    }

    private static string Sorted(IReadOnlyDictionary<string, JsonNode> fields) => string.Join("\n", fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value.ToJsonString()}"));

    private Task<Past> AtAsync(Guid id, DateTimeOffset at) => app.InScopeAsync(sp => sp.GetRequiredService<RecordPast>().AtAsync(Entity, id, at, default));

    private async Task EditAsync(Guid id, Func<EditContactCommand, EditContactCommand> change)
    {
        var now = await app.InScopeAsync(async sp => EditContactCommand.Of((await sp.GetRequiredService<ContactsDb>().LoadContactAsync(id, default))!), "sara");
        await app.SendAsync(change(now), "sara");
    }

    [Fact]
    public async Task At_any_of_twenty_instants_the_record_is_what_its_tables_held_then()
    {
        var random = new Random(1405);
        var made = app.Clock.GetUtcNow();
        var id = await Given.PersonAsync(app, "گذشته", "نما");
        List<Snapshot> seen = [await LookAsync(id)];
        string? Maybe(string text) => random.Next(3) == 0 ? null : $"{text} {random.Next(1000)}";
        for (var i = 0; i < 25; i++)
        {
            app.Clock.Advance(TimeSpan.FromMinutes(random.Next(1, 3000)));
            await EditAsync(id, c => random.Next(6) switch
            {
                0 => c with { FirstName = "نام " + random.Next(1000) },
                1 => c with { Notes = Maybe("یادداشت"), Birthday = random.Next(2) == 0 ? null : new DateOnly(1980, 1, 1).AddDays(random.Next(9000)) },
                2 => c with { Phones = [.. c.Phones.Where(_ => random.Next(2) == 0), new PhoneFields { Number = Given.Mobile() }] },
                3 => c with { StatusId = random.Next(2) == 0 ? null : Given.Value(BaseLists.Status, random.Next(2)), Standing = (Standing)random.Next(2) },
                4 => c with { Emails = random.Next(2) == 0 ? [] : [new EmailFields { Address = $"a{random.Next(1000)}@example.com" }], Notes = Maybe("متن") },
                _ => c with { Phones = [.. c.Phones.Take(1)], RoleIds = [Given.Value(BaseLists.Role, random.Next(3))] },
            });
            seen.Add(await LookAsync(id));
        }

        for (var i = 0; i < 20; i++)
        {
            var at = made + (app.Clock.GetUtcNow() - made) * random.NextDouble();
            var then = seen.Last(s => s.From <= at);
            var past = await AtAsync(id, at);
            past.Known.Should().BeTrue();
            Sorted(past.Root!.Fields).Should().Be(then.Fields, "at {0}", at);
            past.Parts.Where(p => p.Entity == "contacts.ContactPhone").Select(p => $"{p.Fields["kind"]} {p.Fields["number"]}").Order(StringComparer.Ordinal).Should().Equal(then.Phones);
        }

        (await AtAsync(id, made.AddMinutes(-1))).Root.Should().BeNull();
    }

    [Fact]
    public async Task The_page_shows_each_field_as_it_was_and_what_has_changed_since()
    {
        var id = await Given.PersonAsync(app, "پیشین", "نام‌خانوادگی");
        app.Clock.Advance(TimeSpan.FromDays(3));
        await EditAsync(id, c => c with { FirstName = "کنونی" });
        var day = Crm.Core.Calendars.Format(DateOnly.FromDateTime(app.Clock.GetUtcNow().AddDays(-2).UtcDateTime), Crm.Core.CalendarKind.Jalali);
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync($"/history/{Entity}/{id}?on={Uri.EscapeDataString(day)}")).Text.Should().Contain("پیشین").And.Contain("کنونی").And.Contain(Given.Fa("now"));
        (await sara.OpenAsync($"/history/{Entity}/{Guid.CreateVersion7()}")).Status.Should().Be(System.Net.HttpStatusCode.NotFound);
        (await (await app.As("reza", "fa")).OpenAsync($"/history/platform.User/{await app.UserIdAsync("sara")}")).Status.Should().Be(System.Net.HttpStatusCode.NotFound, "only who sees all history sees what no module answers for");
    }

    [Fact]
    public async Task Deleting_and_bringing_back_stand_in_the_past_as_well()
    {
        var id = await Given.PersonAsync(app, "رفت", "و برگشت");
        app.Clock.Advance(TimeSpan.FromHours(1));
        var there = app.Clock.GetUtcNow();
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.SendAsync(new DeleteContactCommand(id), "sara");
        var gone = app.Clock.GetUtcNow();
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.SendAsync(new RestoreDeletionCommand(Guid.Empty, id), "sara");
        (await AtAsync(id, there)).Root!.Deleted.Should().BeFalse();
        (await AtAsync(id, gone)).Root!.Deleted.Should().BeTrue();
        (await AtAsync(id, app.Clock.GetUtcNow())).Root!.Deleted.Should().BeFalse();
    }

    [Fact]
    public async Task What_came_without_a_history_is_shown_as_it_is_today_and_says_so()
    {
        var id = await Given.PersonAsync(app, "بی", "تاریخچه");
        await app.QueryAsync<int>("with d as (delete from platform.audit where entity_id = @id returning 1) select count(*)::int from d", new { id });
        app.Clock.Advance(TimeSpan.FromHours(1));
        var before = app.Clock.GetUtcNow();
        app.Clock.Advance(TimeSpan.FromHours(1));
        await EditAsync(id, c => c with { FirstName = "تازه" });
        var past = await AtAsync(id, before);
        past.Known.Should().BeFalse();
        past.Root!.Fields["firstName"].GetValue<string>().Should().Be("بی");
        past.Root.Fields["lastName"].GetValue<string>().Should().Be("تاریخچه");
        past.Root.Since["firstName"]!.GetValue<string>().Should().Be("تازه");
    }

    [Fact]
    public async Task The_API_answers_the_record_at_an_instant()
    {
        var id = await Given.PersonAsync(app, "میانای", "برنامه");
        var at = app.Clock.GetUtcNow();
        app.Clock.Advance(TimeSpan.FromHours(1));
        await EditAsync(id, c => c with { FirstName = "دیگر" });
        var admin = await app.As("admin");
        var then = await admin.Client.GetFromJsonAsync<JsonObject>($"/api/v1/audit/{Entity}/{id}?at={Uri.EscapeDataString(at.ToString("O", System.Globalization.CultureInfo.InvariantCulture))}");
        then!["fields"]!["firstName"]!.GetValue<string>().Should().Be("میانای");
        then["parts"]!.AsArray().Should().NotBeEmpty();
        (await admin.Client.GetFromJsonAsync<JsonObject>($"/api/v1/audit/{Entity}/{id}"))!["fields"]!["firstName"]!.GetValue<string>().Should().Be("دیگر");
    }
}
