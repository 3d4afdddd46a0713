using System.Net;
using System.Net.Http.Headers;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContact;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Contacts.Features.ManagePositions;
using Crm.Contacts.Features.ManageRelations;
using Crm.Contacts.Features.MergeContacts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Features.AddTask;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

/// <summary>Two contacts that are one, and two again when that was wrong.</summary>
public sealed class MergeTests(DemoApp app) : IClassFixture<DemoApp>
{
    private static readonly Guid s_call = Given.Value(BaseLists.CommunicationKind);

    [Theory]
    [InlineData("bare people")]
    [InlineData("people with everything")]
    [InlineData("people who work at the same company")]
    [InlineData("companies with staff")]
    public async Task What_was_merged_and_unmerged_is_as_it_was(string shape)
    {
        var (into, from) = await ShapeAsync(shape);
        await app.DrainAsync();
        var (intoBefore, fromBefore) = (await StateAsync(into), await StateAsync(from));
        var merge = await app.SendAsync(new MergeContactsCommand { IntoId = into, FromId = from, Choice = new() { ["notes"] = "other", ["cardNumber"] = "other", ["rankId"] = "this" } }, "sara");
        await app.DrainAsync();
        (await StateAsync(into)).Should().NotBe(intoBefore);
        (await HangingAsync(from)).Should().Be(0, "everything moved to the one that stays");
        (await HangingAsync(into)).Should().BeGreaterThanOrEqualTo(shape == "bare people" ? 0 : 4);
        var newer = await app.SendAsync(new UnmergeContactsCommand(merge), "sara");
        await app.DrainAsync();
        newer.Should().BeEmpty();
        (await StateAsync(into)).Should().Be(intoBefore);
        (await StateAsync(from)).Should().Be(fromBefore);
        (await app.QueryAsync<Guid>("select c.id from contacts.contacts c join platform.search s on s.id = c.id where c.id = @from", new { from })).Should().ContainSingle("it is found again");
    }

    [Fact]
    public async Task The_chosen_values_stay_lists_are_united_and_the_other_is_gone_from_every_list()
    {
        var (a, b) = (Given.Mobile(), Given.Mobile());
        var into = await Given.PersonAsync(app, "یگانه", "ماندگار", a, more: c => c with { Notes = "یادداشت یک", RoleIds = [Given.Value(BaseLists.Role)], Emails = [new() { Address = "one@merge.example" }] });
        var from = await Given.PersonAsync(app, "یگانه", "رفتنی", b, more: c => c with { Notes = "یادداشت دو", NationalId = "0012345679", RoleIds = [Given.Value(BaseLists.Role, 1)], Emails = [new() { Address = "two@merge.example" }] });
        await app.SendAsync(new MergeContactsCommand { IntoId = into, FromId = from, Choice = new() { ["lastName"] = "other" } }, "sara");
        await app.DrainAsync();
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync($"/contacts/{into}")).Text.Should().Contain("یگانه رفتنی", "chosen").And.Contain("یادداشت یک", "its own stays").And.Contain("one@merge.example");
        (await app.QueryAsync<string>("select national_id from contacts.contacts where id = @into", new { into })).Single().Should().Be("0012345679", "what it lacked it gets");
        (await app.QueryAsync<long>("select count(*) from contacts.contact_phones where contact_id = @into", new { into })).Single().Should().Be(2);
        (await app.QueryAsync<long>("select count(*) from contacts.contact_emails where contact_id = @into", new { into })).Single().Should().Be(2);
        (await app.QueryAsync<Guid[]>("select role_ids from contacts.contacts where id = @into", new { into })).Single().Should().HaveCount(2);
        (await sara.OpenAsync("/contacts?q=ماندگار")).Html.Should().NotContain($"/contacts/{from}");
        (await sara.OpenAsync("/bin")).Html.Should().NotContain(from.ToString(), "it comes back by undoing the merge, not from the bin");
    }

    [Fact]
    public async Task Jobs_stages_messages_and_refusals_of_a_customer_go_along_and_come_back()
    {
        var from = (await app.QueryAsync<Guid>("select j.contact_id from routines.jobs j join messaging.messages m on m.contact_id = j.contact_id join contacts.contacts c on c.id = j.contact_id group by 1 order by count(*) desc limit 1")).Single();
        var person = (await app.QueryAsync<string>("select kind from contacts.contacts where id = @from", new { from })).Single() == "Person";
        var into = person ? await Given.PersonAsync(app, "وارث", "کارها") : await Given.CompanyAsync(app, "وارث کارها");
        await app.InScopeAsync(async sp =>
        {
            var db = sp.GetRequiredService<Crm.Messaging.Data.MessagingDb>();
            db.Add(new Crm.Messaging.Domain.OptOut { ContactId = from, Channel = Crm.Messaging.Domain.MessageChannel.Sms });
            return await db.SaveChangesAsync();
        }, "sara");
        var before = await CountsAsync(from);
        before.Should().NotContain(0);
        var merge = await app.SendAsync(new MergeContactsCommand { IntoId = into, FromId = from }, "sara");
        await app.DrainAsync();
        (await CountsAsync(into)).Should().Equal(before);
        (await CountsAsync(from)).Should().Equal(0, 0, 0, 0, 1);
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync($"/contacts/{into}")).Status.Should().Be(HttpStatusCode.OK);
        (await ProblemsAsync()).Should().BeEmpty();
        await app.SendAsync(new UnmergeContactsCommand(merge), "sara");
        await app.DrainAsync();
        (await CountsAsync(from)).Should().Equal(before);
        (await CountsAsync(into)).Should().OnlyContain(n => n == 0);
        (await ProblemsAsync()).Should().BeEmpty();

        async Task<long[]> CountsAsync(Guid id) => (await app.QueryAsync<long[]>("""
            select array[(select count(*) from routines.jobs where contact_id = @id), (select count(*) from routines.stage_items where contact_id = @id), (select count(*) from routines.job_states where contact_id = @id),
                         (select count(*) from messaging.messages where contact_id = @id), (select count(*) from messaging.opt_outs where contact_id = @id and channel = 'Sms')]
            """, new { id })).Single();

        Task<List<string>> ProblemsAsync() => app.InScopeAsync(async sp =>
        {
            List<string> all = [];
            foreach (var check in sp.GetServices<ICheck>())
            {
                await foreach (var problem in check.FindAsync(default)) all.Add(problem);
            }

            return all;
        });
    }

    [Fact]
    public async Task The_page_of_the_other_leads_to_the_one_that_stayed_and_so_does_the_api()
    {
        var (first, second, third) = (await Given.PersonAsync(app, "زنجیر", "یک"), await Given.PersonAsync(app, "زنجیر", "دو"), await Given.PersonAsync(app, "زنجیر", "سه"));
        var early = await app.SendAsync(new MergeContactsCommand { IntoId = second, FromId = third }, "sara");
        await app.SendAsync(new MergeContactsCommand { IntoId = first, FromId = second }, "sara");
        var reza = await app.As("reza");
        (await reza.OpenAsync($"/contacts/{third}")).Location.Should().Be($"/contacts/{first}", "however often it was merged");
        using var api = app.CreateClient(new() { AllowAutoRedirect = false });
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await Tokens.MakeAsync(app, "sara"));
        using var answer = await api.GetAsync($"/api/v1/contacts/{second}");
        answer.StatusCode.Should().Be(HttpStatusCode.MovedPermanently);
        answer.Headers.Location!.ToString().Should().Be($"/api/v1/contacts/{first}");
        await FluentActions.Awaiting(() => app.SendAsync(new UnmergeContactsCommand(early), "sara")).Should().ThrowAsync<RuleBroken>("the later merge comes first");
    }

    [Fact]
    public async Task What_was_changed_since_the_merge_stays_and_is_told()
    {
        var (into, from) = (await Given.PersonAsync(app, "تازه", "مانده"), await Given.PersonAsync(app, "تازه", "رفته", more: c => c with { StatusId = Given.Value(BaseLists.Status) }));
        var merge = await app.SendAsync(new MergeContactsCommand { IntoId = into, FromId = from, Choice = new() { ["lastName"] = "other" } }, "sara");
        await app.SendAsync(new ChangeContactStatusCommand(into, ContactMark.Status, Given.Value(BaseLists.Status, 1)), "sara");
        (await app.SendAsync(new UnmergeContactsCommand(merge), "sara")).Should().Equal("statusId");
        (await app.QueryAsync<Guid?>("select status_id from contacts.contacts where id = @into", new { into })).Single().Should().Be(Given.Value(BaseLists.Status, 1));
        (await app.QueryAsync<string>("select last_name from contacts.contacts where id = @into", new { into })).Single().Should().Be("مانده");
    }

    [Fact]
    public async Task Pages_show_both_side_by_side_merge_and_undo()
    {
        var (into, from) = (await Given.PersonAsync(app, "کنار", "راستی"), await Given.PersonAsync(app, "کنار", "چپی"));
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync($"/contacts/{into}")).Html.Should().Contain($"/contacts/{into}/merge");
        (await sara.OpenAsync($"/contacts/{into}/merge?with={from}")).Text.Should().Contain("راستی").And.Contain("چپی");
        await sara.PostAsync($"/contacts/{into}/merge?with={from}", [("Command.Choice[lastName]", "other")], $"action=\"/contacts/{into}/merge?with={from}\"");
        sara.Location.Should().Be($"/contacts/{into}", sara.Text);
        (await sara.OpenAsync($"/contacts/{into}")).Text.Should().Contain("کنار چپی");
        (await sara.OpenAsync($"/contacts/{into}/merge")).Text.Should().Contain("کنار چپی");
        await sara.PostAsync($"/contacts/{into}/merge", [], "handler=Undo");
        sara.Location.Should().Be($"/contacts/{into}", sara.Text);
        (await sara.OpenAsync($"/contacts/{from}")).Text.Should().Contain("کنار چپی").And.Contain("با مخاطب دیگری ادغام شد").And.Contain("ادغام برگردانده شد").And.NotContain("مخاطب حذف شد", "nobody deleted it");
        (await sara.OpenAsync($"/contacts/{into}")).Text.Should().Contain("کنار راستی");
    }

    [Fact]
    public async Task Who_may_not_merge_does_not_and_nobody_merges_what_he_does_not_see()
    {
        var (mine, other, hidden) = (await Given.PersonAsync(app, "حق", "یک"), await Given.PersonAsync(app, "حق", "دو"), await Given.CompanyAsync(app, "حق سه"));
        await FluentActions.Awaiting(() => app.SendAsync(new MergeContactsCommand { IntoId = mine, FromId = other }, "reza")).Should().ThrowAsync<Forbidden>();
        await FluentActions.Awaiting(() => app.SendAsync(new MergeContactsCommand { IntoId = mine, FromId = hidden }, "sara")).Should().ThrowAsync<RuleBroken>("a person is no company");
        await FluentActions.Awaiting(() => app.SendAsync(new MergeContactsCommand { IntoId = mine, FromId = mine }, "sara")).Should().ThrowAsync<InvalidInput>();
        var reza = await app.As("reza");
        (await reza.OpenAsync($"/contacts/{mine}/merge?with={other}")).Status.Should().Be(HttpStatusCode.Forbidden);
        (await reza.OpenAsync($"/contacts/{mine}")).Html.Should().NotContain($"/contacts/{mine}/merge");
    }

    [Fact]
    public async Task Duplicates_are_found_by_what_they_share_until_somebody_says_they_are_two()
    {
        var phone = Given.Mobile();
        var one = await Given.PersonAsync(app, "همانند", "نخست", phone, more: c => c with { Emails = [new() { Address = "same@merge.example" }] });
        var two = await Given.PersonAsync(app, "همانند", "دوم", phone, more: c => c with { AllowKnownPhone = true, Emails = [new() { Address = "same@merge.example" }] });
        var company = await Given.CompanyAsync(app, "کارفرمای همنام‌ها");
        var three = await Given.PersonAsync(app, "همنام", "كاظمي", more: c => c with { CompanyId = company });
        var four = await Given.PersonAsync(app, "همنام", "کاظمی", more: c => c with { CompanyId = company });
        var found = await app.InScopeAsync(sp => sp.GetRequiredService<DuplicateFinder>().FindAsync(default), "sara");
        var pair = found.Single(p => p.OneId == one && p.OtherId == two);
        pair.Reasons.Should().BeEquivalentTo("Same telephone", "Same e-mail");
        pair.Score.Should().Be(80);
        found.Should().Contain(p => p.OneId == three && p.OtherId == four, "names are compared folded");
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync("/contacts/duplicates")).Html.Should().Contain($"/contacts/{one}/merge?with={two}");
        await sara.PostAsync("/contacts/duplicates", [("one", one.ToString()), ("other", two.ToString())], "handler=Apart");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await sara.OpenAsync("/contacts/duplicates")).Html.Should().NotContain($"/contacts/{one}/merge?with={two}");
    }

    private async Task<(Guid Into, Guid From)> ShapeAsync(string shape)
    {
        Guid into, from;
        if (shape == "companies with staff")
        {
            (into, from) = (await Given.CompanyAsync(app, "شرکت ماندگار " + shape), await Given.CompanyAsync(app, "شرکت رفتنی " + shape));
            await Given.PersonAsync(app, "کارمند", "ماندگار", more: c => c with { CompanyId = into });
            var liaison = await Given.PersonAsync(app, "رابط", "رفتنی", more: c => c with { CompanyId = from });
            var both = await Given.PersonAsync(app, "کارمند", "هردو", more: c => c with { CompanyId = from });
            await app.SendAsync(new SavePositionCommand { PersonId = both, CompanyId = into }, "sara");
            await app.SendAsync(new SetLiaisonCommand(from, liaison), "sara");
        }
        else
        {
            var company = shape == "people who work at the same company" ? await Given.CompanyAsync(app, "کارفرمای هردو") : (Guid?)null;
            var elsewhere = shape == "people with everything" ? await Given.CompanyAsync(app, "کارفرمای رفتنی") : company;
            into = await Given.PersonAsync(app, "ماندگار", shape, more: c => c with { CompanyId = company });
            from = await Given.PersonAsync(app, "رفتنی", shape, more: c => shape == "bare people" ? c : c with
            {
                CompanyId = elsewhere, Notes = "از دیگری", CardNumber = "99" + Math.Abs(shape.GetHashCode(StringComparison.Ordinal)) % 100000, NationalId = "0012345679", RankId = Given.Value(BaseLists.Rank), RoleIds = [Given.Value(BaseLists.Role)],
                Emails = [new() { Address = "from@merge.example" }], Addresses = [new() { District = "ونک", Text = "خیابان یکم" }], Ibans = ["IR820540102680020817909002"],
            });
            if (elsewhere is { } at) await app.SendAsync(new SetLiaisonCommand(at, from), "sara");
            if (shape == "bare people") return (into, from);
        }

        var friend = await Given.PersonAsync(app, "آشنای", shape);
        await app.SendAsync(new AddRelationCommand { ContactId = from, OtherId = friend, KindId = MoreLists.Id(BaseLists.RelationKind, 4) }, "sara");
        await app.SendAsync(new AddRelationCommand { ContactId = friend, OtherId = from, KindId = MoreLists.Id(BaseLists.RelationKind, 0) }, "sara");
        await app.SendAsync(new AddRelationCommand { ContactId = from, OtherId = into, KindId = MoreLists.Id(BaseLists.RelationKind, 4) }, "sara");
        await app.SendAsync(new LogCommunicationCommand { ContactId = from, KindId = s_call, StartedAt = app.Clock.GetUtcNow(), Text = "گفت‌وگو" }, "sara");
        await app.SendAsync(new LogCommunicationCommand { ContactId = into, KindId = s_call, StartedAt = app.Clock.GetUtcNow(), Text = "گفت‌وگوی دیگر" }, "sara");
        await app.SendAsync(new PlanFollowUpCommand { ContactId = from, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddDays(1) }, "sara");
        await app.SendAsync(new AddTaskCommand { Title = "کار او", AssigneeIds = [await app.UserIdAsync("sara")], ContactId = from }, "sara");
        await app.InScopeAsync(sp => sp.GetRequiredService<IFileStore>().SaveAsync("contacts.contact", from, "contacts.see", "note.txt", new MemoryStream("متن"u8.ToArray()), default), "sara");
        return (into, from);
    }

    /// <summary>What hangs on a contact, in all modules.</summary>
    private async Task<long> HangingAsync(Guid id) => (await app.QueryAsync<long>("""
        select (select count(*) from contacts.communications where contact_id = @id) + (select count(*) from contacts.follow_ups where contact_id = @id) + (select count(*) from tasks.work_tasks where contact_id = @id)
             + (select count(*) from platform.files where owner_id = @id) + (select count(*) from routines.jobs where contact_id = @id) + (select count(*) from messaging.messages where contact_id = @id)
        """, new { id })).Single();

    /// <summary>A contact with all that hangs on it, as text; without what every save touches.</summary>
    private async Task<string> StateAsync(Guid id) => (await app.QueryAsync<string>("""
        select jsonb_build_object(
          'contact', to_jsonb(c) - 'updated_at' - 'updated_by',
          'phones', (select jsonb_agg(p.number order by p.number) from contacts.contact_phones p where p.contact_id = c.id),
          'emails', (select jsonb_agg(p.address order by p.address) from contacts.contact_emails p where p.contact_id = c.id),
          'addresses', (select jsonb_agg(p.text order by p.text) from contacts.contact_addresses p where p.contact_id = c.id),
          'posts', (select jsonb_agg(to_jsonb(p) order by p.id) from contacts.contact_positions p where c.id in (p.person_id, p.company_id)),
          'staff', (select jsonb_agg(s.company_name order by s.id) from contacts.contacts s join contacts.contact_positions p on p.person_id = s.id where p.company_id = c.id),
          'liaison of', (select jsonb_agg(l.id order by l.id) from contacts.contacts l where l.liaison_id = c.id),
          'relations', (select jsonb_agg(to_jsonb(r) - 'updated_at' - 'updated_by' order by r.id) from contacts.contact_relations r where c.id in (r.contact_id, r.other_id)),
          'communications', (select jsonb_agg(m.id order by m.id) from contacts.communications m where m.contact_id = c.id),
          'follow-ups', (select jsonb_agg(m.id order by m.id) from contacts.follow_ups m where m.contact_id = c.id),
          'activity', (select jsonb_build_array(a.communications, a.quiet_since) from contacts.contact_activity a where a.contact_id = c.id),
          'tasks', (select jsonb_agg(t.id order by t.id) from tasks.work_tasks t where t.contact_id = c.id),
          'files', (select jsonb_agg(f.id order by f.id) from platform.files f where f.owner_id = c.id))::text
        from contacts.contacts c where c.id = @id
        """, new { id })).Single();
}
