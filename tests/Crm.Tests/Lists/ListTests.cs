using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContacts;
using Crm.Core;
using Crm.Platform.Features.EditField;
using Crm.Testing;
using Crm.Tests.Contacts;
using Crm.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Lists;

/// <summary>What every declared list can do, seen at the list of contacts.</summary>
public sealed class ListTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task Conditions_hold_together_by_and_and_or()
    {
        var (first, second) = (Given.Value(BaseLists.Status, 1), Given.Value(BaseLists.Status, 2));
        await Given.PersonAsync(app, "شرطی", "یکم‌زاده", more: c => c with { StatusId = first });
        await Given.PersonAsync(app, "شرطی", "دوم‌زاده", more: c => c with { StatusId = second });
        await Given.PersonAsync(app, "دیگری", "یکم‌زاده", more: c => c with { StatusId = first });
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString($"firstName.is('شرطی');(status.is({first})|lastName.has('دوم'))"));
        sara.Text.Should().Contain("شرطی یکم‌زاده").And.Contain("شرطی دوم‌زاده").And.NotContain("دیگری یکم‌زاده");
        await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString($"firstName.is('شرطی');status.not({first})"));
        sara.Text.Should().Contain("شرطی دوم‌زاده").And.NotContain("شرطی یکم‌زاده");
    }

    [Theory]
    [InlineData("nosuch.is(1)")]
    [InlineData("name.between(1,2)")]
    [InlineData("birthday.on(gestern)")]
    [InlineData("status.is('x; drop table contacts.contacts')")]
    [InlineData("name.is(")]
    public async Task A_filter_that_cannot_be_used_is_told_above_the_list(string filter)
    {
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString(filter));
        sara.Status.Should().Be(HttpStatusCode.OK);
        sara.Text.Should().Contain(Given.Fa("The filter can't be used:"));
        sara.Html.Should().Contain("class=\"row-main\"", "the list itself stands there all the same");
    }

    [Fact]
    public async Task An_old_name_of_a_field_works_in_stored_conditions_and_is_not_offered_for_new_ones()
    {
        var sara = await app.As("sara");
        var fields = JsonNode.Parse((await sara.OpenAsync("/lists/contacts/fields")).Html)!.AsArray().ToDictionary(f => f!["key"]!.ToString(), f => f!["offered"]!.GetValue<bool>());
        fields.Should().Contain("roles", true).And.Contain("groups", true).And.Contain("role", false).And.Contain("group", false);
        var role = Given.Value(BaseLists.Role, 1);
        await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString($"role.is({role})"));
        var old = Rows(sara.Html);
        sara.Text.Should().NotContain(Given.Fa("The filter can't be used:"));
        await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString($"roles.is({role})"));
        Rows(sara.Html).Should().Equal(old);
    }

    [Fact]
    public async Task A_day_in_a_condition_is_told_in_the_calendar_of_who_reads_it()
    {
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString("createdAt.since(2026-03-25);createdAt.past(30)"));
        sara.Text.Should().Contain("۱۴۰۵/۰۱/۰۵").And.NotContain("۲۰۲۶").And.NotContain("2026-03-25");
    }

    [Fact]
    public async Task A_list_is_kept_as_a_view_and_shared_only_by_who_may()
    {
        var sara = await app.As("sara");
        await sara.PostAsync("/lists/contacts/views?from=" + Uri.EscapeDataString("kind=company&sort=name"), [("Command.Name", "شرکت‌ها به نام")]);
        sara.Location.Should().StartWith("/contacts?view=");
        await sara.OpenAsync(sara.Location!);
        var names = Rows(sara.Html);
        names.Should().NotBeEmpty();
        (await app.QueryAsync<int>("select count(*)::int from contacts.contacts where id = any(@ids) and kind <> 'Company'", new { ids = names.ToArray() })).Single().Should().Be(0);
        (await (await app.As("reza")).OpenAsync("/contacts")).Text.Should().NotContain("شرکت‌ها به نام", "a view is its owner's");

        var refused = () => app.SendAsync(new Crm.Platform.Features.SavedViews.SaveViewCommand { Record = "contacts", Name = "برای همه", ForAll = true }, "maryam");
        await refused.Should().ThrowAsync<Forbidden>();
        await app.SendAsync(new Crm.Platform.Features.SavedViews.SaveViewCommand { Record = "contacts", Name = "مشترک با همه", Query = "kind=person", ForAll = true }, "admin");
        (await (await app.As("reza")).OpenAsync("/contacts")).Text.Should().Contain("مشترک با همه");
    }

    [Fact]
    public async Task What_a_view_keeps_can_be_taken_off_chip_by_chip_and_stays_off()
    {
        await app.SendAsync(new Crm.Platform.Features.SavedViews.SaveViewCommand { Record = "contacts", Name = "نمای دوتکه", Query = "kind=company&filter=" + Uri.EscapeDataString("name.has(شرکت)") }, "sara");
        var view = (await app.QueryAsync<Guid>("select id from platform.list_views where name = 'نمای دوتکه'")).Single();
        var sara = await app.As("sara");
        await sara.OpenAsync($"/contacts?view={view}");
        Chips(sara.Html).Should().HaveCount(2);
        await sara.OpenAsync(Chips(sara.Html)[0]);
        Chips(sara.Html).Should().HaveCount(1, "the view does not bring back what was taken off");
        await sara.OpenAsync(Chips(sara.Html)[0]);
        Chips(sara.Html).Should().BeEmpty();
        await sara.OpenAsync(System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(sara.Html, "href=\"(/contacts[^\"]*sort=name[^\"]*)\"").Groups[1].Value));
        Chips(sara.Html).Should().BeEmpty("another order is no other choice");

        static List<string> Chips(string html) => [.. System.Text.RegularExpressions.Regex.Matches(html, "<a class=\"chip\" href=\"([^\"]+)\"").Select(m => System.Net.WebUtility.HtmlDecode(m.Groups[1].Value))];
    }

    [Theory]
    [InlineData("fa", "csv", @"^مخاطبان-14\d\d-\d\d-\d\d\.csv$", @"^contacts-14\d\d-\d\d-\d\d\.csv$")]
    [InlineData("fa", "xlsx", @"^مخاطبان-14\d\d-\d\d-\d\d\.xlsx$", @"^contacts-14\d\d-\d\d-\d\d\.xlsx$")]
    [InlineData("en", "csv", @"^contacts-20\d\d-\d\d-\d\d\.csv$", @"^contacts-20\d\d-\d\d-\d\d\.csv$")]
    public async Task A_file_is_called_by_what_it_holds_and_the_day_as_its_reader_writes_them(string language, string format, string name, string latin)
    {
        await app.SendAsync(new Crm.Platform.Features.Account.SaveProfileCommand { Language = language, Calendar = language == "fa" ? CalendarKind.Jalali : CalendarKind.Gregorian }, "admin");
        var admin = await app.As("admin");
        using var answer = await admin.Client.GetAsync(new Uri($"/lists/contacts/export?format={format}&q=1", UriKind.Relative));
        var given = answer.Content.Headers.ContentDisposition!;
        given.FileNameStar.Should().MatchRegex(name);
        given.FileName.Should().MatchRegex(latin, "for whoever does not know filename*");
        using var report = await admin.Client.GetAsync(new Uri($"/contacts/reports/costs?export={format}", UriKind.Relative));
        (report.Content.Headers.ContentDisposition!.FileNameStar ?? "").Should().StartWith(language == "fa" ? Given.Fa("Costs of visits").Replace(' ', '-').Replace('\u200C', '-') + "-14" : "costs-of-visits-20");
        await app.SendAsync(new Crm.Platform.Features.Account.SaveProfileCommand { Language = "fa" }, "admin");
    }

    [Fact]
    public void A_name_of_a_file_holds_nothing_that_a_file_system_or_a_shell_reads_as_something_else()
    {
        var day = new DateView("en", CalendarKind.Gregorian, TimeZoneInfo.Utc);
        TakenNames.Of("../Costs: \"a\\b\" <x>|*? ", day, new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero), "csv").Should().Be("costs-a-b-x-2026-11-26.csv");
        TakenNames.Of("پیگیری‌ها", day with { Calendar = CalendarKind.Jalali }, new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero), "xlsx").Should().Be("پیگیری-ها-1405-09-05.xlsx", "browsers write an underscore for a half-space");
        TakenNames.Of("///", day, new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero), "csv").Should().Be("2026-11-26.csv");
    }

    [Fact]
    public async Task Columns_and_their_order_stay_as_the_user_left_them()
    {
        var maryam = await app.As("maryam");
        await maryam.PostAsync("/contacts?panel=columns", [("column", "number"), ("column", "name"), ("column", "standing"), ("size", "25"), ("back", "/contacts")], "/lists/contacts/layout");
        await maryam.OpenAsync("/contacts");
        var heads = Regex.Matches(maryam.Html, "<th[^>]*>(?:<a[^>]*>)?([^<]+)").Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).ToList();
        heads.Should().ContainInOrder(Given.Fa("Number"), Given.Fa("Name"), Given.Fa("Potential or actual"));
        Rows(maryam.Html).Should().HaveCount(25);
    }

    [Fact]
    public async Task A_file_holds_what_the_list_shows_and_nothing_of_another_branch()
    {
        await Given.PersonAsync(app, "=SUM(1)", "خروجی‌زاده", by: "sara");
        var sara = await app.As("sara");
        using var answer = await sara.Client.GetAsync(new Uri("/lists/contacts/export?format=csv&q=" + Uri.EscapeDataString("خروجی‌زاده") + "&cols=name,phone,status", UriKind.Relative));
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentDisposition!.DispositionType.Should().Be("attachment");
        var lines = (await answer.Content.ReadAsStringAsync()).TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].Should().Be($"{Given.Fa("Name")},{Given.Fa("Telephone")},{Given.Fa("Status")}");
        lines.Should().HaveCount(2);
        lines[1].Should().StartWith("'=SUM(1) خروجی‌زاده,", "a spreadsheet would compute it");

        var zahra = await app.As("zahra");
        using var other = await zahra.Client.GetAsync(new Uri("/lists/contacts/export?format=csv&q=" + Uri.EscapeDataString("خروجی‌زاده"), UriKind.Relative));
        if (other.StatusCode == HttpStatusCode.OK) (await other.Content.ReadAsStringAsync()).Should().NotContain("خروجی‌زاده");
        else other.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Labels_are_for_what_the_list_shows_whatever_narrows_it()
    {
        await Given.PersonAsync(app, "برچسبی", "یکم‌نام", more: c => c with { Addresses = [new() { Text = "خیابان یکم" }] });
        await Given.PersonAsync(app, "برچسبی", "دوم‌نام", more: c => c with { Addresses = [new() { Text = "خیابان دوم" }] });
        var page = await (await app.As("admin")).OpenAsync("/contacts/labels?list=true&filter=" + Uri.EscapeDataString("firstName.is('برچسبی');lastName.has('دوم')"));
        page.Text.Should().Contain("خیابان دوم").And.NotContain("خیابان یکم");
    }

    [Fact]
    public async Task A_cell_is_changed_in_place_with_its_history_and_only_to_what_is_right()
    {
        var id = await Given.PersonAsync(app, "جابه‌جا", "سلولی");
        var status = Given.Value(BaseLists.Status, 3);
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts");
        using var done = await PostAsync(sara, $"/lists/contacts/{id}/value", ("field", "status"), ("value", status.ToString()));
        done.StatusCode.Should().Be(HttpStatusCode.OK);
        (await app.QueryAsync<Guid>("select status_id from contacts.contacts where id = @id", new { id })).Single().Should().Be(status);
        (await app.QueryAsync<string>("select changes::text from platform.audit where entity_id = @id and action = 'M'", new { id })).Should().Contain(c => c.Contains("statusId"));
        using var wrong = await PostAsync(sara, $"/lists/contacts/{id}/value", ("field", "status"), ("value", Given.Value(BaseLists.Rank).ToString()));
        wrong.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        using var fixedField = await PostAsync(sara, $"/lists/contacts/{id}/value", ("field", "number"), ("value", "1"));
        fixedField.StatusCode.Should().Be(HttpStatusCode.NotFound);
        var zahra = await app.As("zahra");
        await zahra.OpenAsync("/profile");
        using var foreign = await PostAsync(zahra, $"/lists/contacts/{id}/value", ("field", "status"), ("value", status.ToString()));
        foreign.StatusCode.Should().BeOneOf(HttpStatusCode.NotFound, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Everything_that_matches_is_changed_in_the_background_and_told()
    {
        for (var i = 0; i < 5; i++) await Given.PersonAsync(app, "گروهی", $"تغییرپور{i}");
        var rank = Given.Value(BaseLists.Rank, 1);
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts");
        using var answer = await PostAsync(sara, "/lists/contacts/bulk", ("action", "set"), ("field", "rank"), ("value", rank.ToString()), ("all", "true"), ("query", "q=" + Uri.EscapeDataString("تغییرپور")), ("back", "/contacts"));
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        await app.DrainAsync();
        (await app.QueryAsync<Guid?>("select rank_id from contacts.contacts where last_name like 'تغییرپور%'")).Should().HaveCount(5).And.OnlyContain(r => r == rank);
        (await sara.OpenAsync("/work")).Text.Should().Contain(Given.Fa("{0} records changed.", "۵"));
    }

    [Fact]
    public async Task Many_changed_at_once_leave_behind_what_each_alone_would()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 60; i++) ids.Add(await Given.PersonAsync(app, "بسیار", $"یکجاپور{i}"));
        await app.DrainAsync();
        var (reza, sara) = (await app.UserIdAsync("reza"), await app.UserIdAsync("sara"));
        var versions = await app.QueryAsync<string>("select xmin::text from contacts.contacts where id = any(@ids)", new { ids });
        (await app.SendAsync(new ChangeContactsCommand(ids, "owner", [reza.ToString()]), "sara")).Should().Be(60);

        (await app.QueryAsync<Guid?>("select owner_id from contacts.contacts where id = any(@ids) and updated_by = @sara", new { ids, sara })).Should().HaveCount(60).And.OnlyContain(o => o == reza);
        (await app.QueryAsync<string>("select xmin::text from contacts.contacts where id = any(@ids)", new { ids })).Should().NotIntersectWith(versions, "whoever has the old version in a form must be told");
        (await app.QueryAsync<Guid?>("select owner_id from platform.search where id = any(@ids)", new { ids })).Should().HaveCount(60).And.OnlyContain(o => o == reza, "his right to find them follows from it");
        (await app.QueryAsync<string>("select changes->'ownerId'->>1 from platform.audit where entity_id = any(@ids) and action = 'M' and user_id = @sara and command = 'ChangeContacts'", new { ids, sara })).Should().HaveCount(60).And.OnlyContain(o => o == reza.ToString());
        (await app.QueryAsync<long>("select count(distinct payload->>'contactId') from platform.outbox where payload->>'contactId' = any(@texts)", new { texts = ids.Select(i => i.ToString()).ToArray() })).Single().Should().Be(60, "routines wait for it");
        // The same again changes nothing and tells nothing.
        (await app.SendAsync(new ChangeContactsCommand(ids, "owner", [reza.ToString()]), "sara")).Should().Be(0);
    }

    [Fact]
    public async Task Every_record_takes_as_many_at_once_as_it_says_so_that_bulk_work_need_not_go_one_by_one()
    {
        await app.InScopeAsync(async services =>
        {
            foreach (var changes in services.GetServices<IRecordChanges>())
            {
                var nobody = Enumerable.Range(0, changes.Most).Select(_ => Guid.CreateVersion7()).ToList();
                // Nothing is there to change; too many would be refused before that is found out.
                var act = () => changes.DeleteAsync(nobody, CancellationToken.None);
                await act.Should().NotThrowAsync<InvalidInput>(changes.Record);
            }

            return 0;
        }, "admin");
    }

    [Fact]
    public async Task Of_many_changed_at_once_none_is_written_when_one_was_changed_meanwhile()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 50; i++) ids.Add(await Given.PersonAsync(app, "همزمان", $"نوشته‌پور{i}"));
        var act = () => app.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<ContactsDb>();
            var contacts = await db.Contacts.Where(c => ids.Contains(c.Id)).ToListAsync();
            await app.QueryAsync<int>("update contacts.contacts set notes = 'by another' where id = @id returning 1", new { id = ids[7] });
            foreach (var contact in contacts) contact.SetNotes("by us");
            return await db.SaveChangesAsync();
        }, "sara");
        await act.Should().ThrowAsync<DbUpdateConcurrencyException>();
        (await app.QueryAsync<string?>("select distinct notes from contacts.contacts where id = any(@ids)", new { ids })).Should().BeEquivalentTo([null, "by another"]);
    }

    [Fact]
    public async Task A_custom_field_stands_in_form_list_filter_file_API_and_history_at_once()
    {
        await app.SendAsync(new SaveFieldCommand
        {
            Record = "contacts", Kind = FieldType.Choice, Title = "اندازهٔ فرش", EnglishTitle = "Carpet size", Key = "carpet_size", InList = true,
            Options = [new() { Persian = "شش متری", English = "Six metres" }, new() { Persian = "نه متری", English = "Nine metres" }],
        }, "admin");
        await app.SendAsync(new SaveFieldCommand { Record = "contacts", Kind = FieldType.Number, Title = "تعداد", EnglishTitle = "Pieces", Key = "pieces" }, "admin");
        await app.SendAsync(new SaveFieldCommand { Record = "contacts", Kind = FieldType.Formula, Title = "دوبرابر", EnglishTitle = "Double", Key = "double_pieces", Formula = "pieces * 2" }, "admin");
        var id = await Given.PersonAsync(app, "فرش‌دوست", "دلخواهی");
        var sara = await app.As("sara");
        await sara.OpenAsync($"/contacts/{id}/edit");
        sara.Text.Should().Contain("اندازهٔ فرش");
        await sara.PostAsync($"/contacts/{id}/edit", [("Command.Custom[carpet_size]", "v2"), ("Command.Custom[pieces]", "abc")]);
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("This is not a number."));
        await sara.PostAsync($"/contacts/{id}/edit", [("Command.Custom[carpet_size]", "v2"), ("Command.Custom[pieces]", "۱۲")]);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);

        (await sara.OpenAsync($"/contacts/{id}")).Text.Should().Contain("نه متری").And.Contain("۲۴");
        (await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString("custom.carpet_size.is(v2);custom.double_pieces.gt(20)"))).Text.Should().Contain("فرش‌دوست دلخواهی").And.Contain("نه متری");
        (await sara.OpenAsync("/contacts?filter=" + Uri.EscapeDataString("custom.pieces.lt(11)"))).Text.Should().NotContain("فرش‌دوست دلخواهی");
        using var file = await sara.Client.GetAsync(new Uri("/lists/contacts/export?format=csv&raw=true&cols=name,custom.carpet_size,custom.double_pieces&q=" + Uri.EscapeDataString("دلخواهی"), UriKind.Relative));
        (await file.Content.ReadAsStringAsync()).Should().Contain("فرش‌دوست دلخواهی,v2,24");
        (await app.QueryAsync<string>("select changes::text from platform.audit where entity_id = @id and changes ? 'custom.pieces'", new { id })).Should().ContainSingle().Which.Should().Contain("[null, 12]");

        using var api = app.CreateClient(new() { AllowAutoRedirect = false });
        api.DefaultRequestHeaders.Authorization = new("Bearer", await Tokens.MakeAsync(app, "sara"));
        var contact = (await api.GetFromJsonAsync<JsonObject>($"/api/v1/contacts/{id}"))!;
        ((string)contact["custom"]!["carpet_size"]!).Should().Be("v2");
        // People read it by its title, on the customer's page and in the history, never by its key.
        (await sara.OpenAsync($"/contacts/{id}?show=change")).Text.Should().Contain("تعداد: از «–» به «۱۲»").And.NotContain("custom.pieces");
        var admin = await app.As("admin", "fa");
        (await admin.OpenAsync($"/settings/audit?record={id}")).Text.Should().Contain("تعداد").And.Contain("فرش‌دوست دلخواهی").And.NotContainEquivalentOf("custom.pieces");
        ((string)(await sara.Client.GetFromJsonAsync<JsonObject>("/lists/contacts/count?q=" + Uri.EscapeDataString("دلخواهی")))!["text"]!).Should().Be("۱");
        using var patched = await api.PatchAsJsonAsync($"/api/v1/contacts/{id}", new { custom = new { pieces = 3 } });
        patched.StatusCode.Should().Be(HttpStatusCode.OK, await patched.Content.ReadAsStringAsync());
        contact = (await patched.Content.ReadFromJsonAsync<JsonObject>())!;
        ((decimal)contact["custom"]!["double_pieces"]!).Should().Be(6);
        ((string)contact["custom"]!["carpet_size"]!).Should().Be("v2", "what was not sent stays");
        using var unknown = await api.PatchAsJsonAsync($"/api/v1/contacts/{id}", new { custom = new { nosuch = 3 } });
        unknown.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_custom_field_keeps_lines_money_is_counted_with_ticks_stand_in_the_lists_order_and_a_link_is_told_by_name()
    {
        foreach (var field in (SaveFieldCommand[])
        [
            new() { Kind = FieldType.LongText, Title = "شرح بلند", Key = "long_words" },
            new() { Kind = FieldType.Money, Title = "ماهانه", Key = "monthly_fee" },
            new() { Kind = FieldType.Formula, Title = "سالانه", Key = "yearly_fee", Formula = "monthly_fee * 12" },
            new() { Kind = FieldType.Choices, Title = "لوازم", Key = "equipment", Options = [new() { Persian = "پله" }, new() { Persian = "دوربین" }] },
            new() { Kind = FieldType.Record, Title = "معرف", Key = "introduced_by", LinksTo = "contacts" },
        ]) await app.SendAsync(field with { Record = "contacts" }, "admin");
        var (id, other) = (await Given.PersonAsync(app, "چندخط", "نویس"), await Given.PersonAsync(app, "شناسنده", "معرفیان"));
        var sara = await app.As("sara");
        await sara.OpenAsync($"/contacts/{id}/edit");
        (string, string?)[] typed = [("Command.Custom[long_words]", "خط اول\r\nخط دوم"), ("Command.Custom[monthly_fee]", "۱۲٬۵۰۰٬۰۰۰"), ("Command.Custom[equipment]", "v2"), ("Command.Custom[equipment]", "v1"), ("Command.Custom[introduced_by]", other.ToString())];
        await sara.PostAsync($"/contacts/{id}/edit", typed);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        var kept = JsonNode.Parse((await app.QueryAsync<string>("select custom::text from contacts.contacts where id = @id", new { id })).Single())!;
        ((string)kept["long_words"]!).Should().Be("خط اول\nخط دوم");
        ((decimal)kept["yearly_fee"]!).Should().Be(150_000_000);
        kept["equipment"]!.AsArray().Select(v => (string)v!).Should().Equal("v1", "v2");

        (await sara.OpenAsync($"/contacts/{id}")).Text.Should().Contain("معرفیان").And.Contain("۱۵۰٬۰۰۰٬۰۰۰");
        await sara.OpenAsync($"/history/contacts.Contact/{id}");
        sara.Text.Should().Contain("شناسنده معرفیان").And.NotContain(other.ToString());
        await app.QueryAsync<int>("update contacts.contacts set deleted_at = now() where id = @other returning 1", new { other });
        (await sara.OpenAsync($"/contacts/{id}")).Text.Should().Contain(Given.Fa("unknown record"), "its id says nothing to anybody").And.NotContain(other.ToString());
    }

    private static async Task<HttpResponseMessage> PostAsync(Browse browse, string url, params (string Name, string Value)[] fields)
    {
        var token = Regex.Match(browse.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, UriKind.Relative))
        {
            Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).Append(KeyValuePair.Create("__RequestVerificationToken", token))),
        };
        request.Headers.Accept.ParseAdd("application/json");
        return await browse.Client.SendAsync(request);
    }

    private static List<Guid> Rows(string html) => [.. Regex.Matches(html, "class=\"row-main\" href=\"/contacts/([0-9a-f-]{36})\"").Select(m => Guid.Parse(m.Groups[1].Value))];
}
