using System.Net;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.DeleteContact;
using Crm.Contacts.Features.EditCommunication;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Features.Bin;
using Crm.Tasks.Features.AddTask;
using Crm.Tasks.Features.DeleteTask;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class RecycleBinTests(DemoApp app) : IClassFixture<DemoApp>
{
    private async Task<Guid> DeletionOf(string table, Guid id) => (await app.QueryAsync<Guid>($"select deletion_id from {table} where id = @id", new { id })).Single();

    private async Task<int> Found(Guid id) => (await app.QueryAsync<int>("select count(*)::int from platform.search where id = @id", new { id })).Single();

    private Task<Guid> LogAsync(Guid contact, string text) => app.SendAsync(new LogCommunicationCommand { ContactId = contact, KindId = Given.Value(BaseLists.CommunicationKind), Text = text, StartedAt = app.Clock.GetUtcNow() }, "sara");

    [Fact]
    public async Task Right_after_deleting_one_click_brings_the_record_back_with_all_it_had()
    {
        var id = await Given.PersonAsync(app, "برگشتی", "از سطل");
        var sara = await app.As("sara", "fa");
        await sara.PostAsync($"/contacts/{id}/edit", [], "handler=Delete");
        (await sara.OpenAsync("/contacts")).Html.Should().Contain("/bin?handler=Undo").And.Contain(id.ToString());
        (await Found(id)).Should().Be(0);
        await sara.SubmitAsync("/contacts", [], "handler=Undo");
        sara.Location.Should().Be($"/contacts/{id}");
        (await sara.OpenAsync($"/contacts/{id}")).Status.Should().Be(HttpStatusCode.OK);
        (await Found(id)).Should().Be(1);
        (await app.QueryAsync<string>("select action from platform.audit where entity_id = @id order by id desc limit 1", new { id })).Should().Equal("R");
    }

    [Fact]
    public async Task The_bin_shows_who_deleted_what_and_only_to_whom_it_concerns()
    {
        var contact = await Given.PersonAsync(app, "سطل", "نمایش");
        await app.SendAsync(new DeleteContactCommand(contact), "sara");
        var task = await app.SendAsync(new AddTaskCommand { Title = "کار دورانداختنی رضا", AssigneeIds = [await app.UserIdAsync("reza")] }, "reza");
        await app.SendAsync(new DeleteTaskCommand(task), "reza");
        (await (await app.As("sara", "fa")).OpenAsync("/bin?kind=contacts")).Text.Should().Contain("سطل نمایش").And.Contain("سارا");
        (await (await app.As("sara", "fa")).OpenAsync("/bin?q=" + Uri.EscapeDataString("سطل نما"))).Text.Should().Contain("سطل نمایش");
        var reza = await (await app.As("reza", "fa")).OpenAsync("/bin");
        reza.Text.Should().Contain("کار دورانداختنی رضا").And.NotContain("سطل نمایش");
        (await (await app.As("maryam", "fa")).OpenAsync("/bin")).Text.Should().NotContain("کار دورانداختنی رضا");
        var deletion = await DeletionOf("contacts.contacts", contact);
        await FluentActions.Awaiting(() => app.SendAsync(new RestoreDeletionCommand(deletion), "reza")).Should().ThrowAsync<NotFound>();
    }

    [Fact]
    public async Task A_communication_does_not_come_back_before_its_contact()
    {
        var contact = await Given.PersonAsync(app, "مخاطب", "گفت‌وگو");
        var talk = await LogAsync(contact, "گفت‌وگوی رفته");
        await app.SendAsync(new DeleteCommunicationCommand(talk), "sara");
        await app.SendAsync(new DeleteContactCommand(contact), "sara");
        var (ofTalk, ofContact) = (await DeletionOf("contacts.communications", talk), await DeletionOf("contacts.contacts", contact));
        (await FluentActions.Awaiting(() => app.SendAsync(new RestoreDeletionCommand(ofTalk), "sara")).Should().ThrowAsync<RuleBroken>()).Which.Localized.Should().Contain("مخاطب گفت");
        await app.SendAsync(new RestoreDeletionCommand(ofContact), "sara");
        await app.SendAsync(new RestoreDeletionCommand(ofTalk), "sara");
        (await (await app.As("sara", "fa")).OpenAsync($"/communications/{talk}")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_has_lost_its_place_meanwhile_is_told()
    {
        var id = await Given.PersonAsync(app, "شماره", "گرفته‌شده");
        await app.SendAsync(new DeleteContactCommand(id), "sara");
        var other = await Given.PersonAsync(app, "شمارهٔ", "دیگری");
        await app.QueryAsync<int>("update contacts.contacts set number = (select number from contacts.contacts where id = @id) where id = @other returning 1", new { id, other });
        var deletion = await DeletionOf("contacts.contacts", id);
        (await FluentActions.Awaiting(() => app.SendAsync(new RestoreDeletionCommand(deletion), "sara")).Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("bin.taken");
    }

    [Fact]
    public async Task Nothing_is_removed_for_good_while_something_depends_on_it_and_what_is_named()
    {
        var contact = await Given.PersonAsync(app, "وابسته", "دار");
        var talk = await LogAsync(contact, "گفت‌وگوی وابسته");
        var task = await app.SendAsync(new AddTaskCommand { Title = "کار وابسته به او", AssigneeIds = [await app.UserIdAsync("sara")], ContactId = contact }, "sara");
        await app.SendAsync(new DeleteContactCommand(contact), "sara");
        var deletion = await DeletionOf("contacts.contacts", contact);
        var admin = await app.As("admin", "fa");
        await admin.OpenAsync("/bin?kind=contacts");
        await admin.PostAsync("/bin", [("deletion", deletion.ToString())], "handler=Purge");
        admin.Status.Should().Be(HttpStatusCode.Conflict);
        admin.Html.Should().Contain("کار وابسته به او").And.Contain($"/tasks/{task}").And.Contain($"/communications/{talk}");
        admin.Text.Should().MatchRegex("وابسته دار – [۰-۹]{4}/[۰-۹]{2}/[۰-۹]{2}", "of many with one customer the day says which");
        await FluentActions.Awaiting(() => app.SendAsync(new PurgeDeletionCommand(deletion), "sara")).Should().ThrowAsync<Forbidden>();
        (await app.QueryAsync<int>("select 1 from contacts.contacts where id = @contact", new { contact })).Should().HaveCount(1);
    }

    [Fact]
    public async Task What_is_removed_for_good_takes_its_parts_and_files_with_it_and_leaves_a_line_in_the_history()
    {
        var contact = await Given.PersonAsync(app, "برای", "همیشه رفته");
        var file = await app.InScopeAsync(sp => sp.GetRequiredService<IFileStore>().SaveAsync("contacts.contact", contact, "contacts.see", "note.txt", new MemoryStream("متن"u8.ToArray()), default), "sara");
        await app.SendAsync(new DeleteContactCommand(contact), "sara");
        (await app.SendAsync(new PurgeDeletionCommand(await DeletionOf("contacts.contacts", contact)), "admin")).Should().BeEmpty();
        await app.DrainAsync();
        (await app.QueryAsync<int>("select 1 from contacts.contacts where id = @contact union all select 1 from contacts.contact_phones where contact_id = @contact union all select 1 from platform.files where id = @file", new { contact, file = file.Id })).Should().BeEmpty();
        (await app.QueryAsync<string>("select changes::text from platform.audit where entity_id = @contact and action = 'P'", new { contact })).Single().Should().Contain("همیشه رفته");
    }

    [Fact]
    public async Task After_thirty_days_the_night_removes_what_nothing_depends_on()
    {
        var (free, held) = (await Given.PersonAsync(app, "سی", "روزه"), await Given.PersonAsync(app, "سی روزهٔ", "وابسته"));
        await LogAsync(held, "نگه‌دار");
        await app.SendAsync(new DeleteContactCommand(free), "sara");
        await app.SendAsync(new DeleteContactCommand(held), "sara");
        await RunAsync(TimeSpan.FromDays(29));
        (await app.QueryAsync<int>("select 1 from contacts.contacts where id = any(@ids)", new { ids = new[] { free, held } })).Should().HaveCount(2);
        await RunAsync(TimeSpan.FromDays(2));
        (await app.QueryAsync<Guid>("select id from contacts.contacts where id = any(@ids)", new { ids = new[] { free, held } })).Should().Equal(held);

        // The records grow older, not the clock: the sessions of the other tests go on.
        async Task RunAsync(TimeSpan later)
        {
            await app.QueryAsync<int>("update contacts.contacts set deleted_at = deleted_at - @later where id = any(@ids) returning 1", new { later, ids = new[] { free, held } });
            await app.InScopeAsync(async sp =>
            {
                await sp.GetServices<IScheduledJob>().Single(j => j.Key == "platform.purge-bin").RunAsync(default);
                return 0;
            });
        }
    }
}
