using System.Net;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContact;
using Crm.Contacts.Features.EditContact;
using Crm.Core;
using Crm.Testing;

namespace Crm.Tests.Contacts;

public sealed class EditContactTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task A_save_that_meets_a_newer_version_shows_both_values_and_loses_neither()
    {
        var id = await Given.PersonAsync(app, "برخورد", "همزمان");
        var reza = await app.As("reza");
        var sara = await app.As("sara");
        await reza.OpenAsync($"/contacts/{id}/edit");
        await sara.PostAsync($"/contacts/{id}/edit", [("Command.LastName", "نوشتار سارا")], $"action=\"/contacts/{id}/edit\"");
        await reza.SubmitAsync($"/contacts/{id}/edit", [("Command.LastName", "نوشتار رضا")], $"action=\"/contacts/{id}/edit\"");
        reza.Status.Should().Be(HttpStatusCode.Conflict);
        reza.Html.Should().Contain("نوشتار رضا").And.Contain("نوشتار سارا");
        reza.Text.Should().Contain($"در این فاصله {(await app.QueryAsync<string>("select name from platform.users where user_name = 'sara'")).Single()} این رکورد را تغییر داده است", "who it was is asked next");
        // Saving again is a decision, not another collision.
        await reza.SubmitAsync($"/contacts/{id}/edit", [], $"action=\"/contacts/{id}/edit\"");
        reza.Status.Should().Be(HttpStatusCode.Redirect, reza.Text);
        (await app.QueryAsync<string>("select name from contacts.contacts where id = @id", new { id })).Single().Should().Be("برخورد نوشتار رضا");
    }

    [Fact]
    public async Task A_changed_phone_counts_as_a_change_of_the_contact()
    {
        var id = await Given.PersonAsync(app, "تلفن", "عوض‌کن");
        var reza = await app.As("reza");
        var sara = await app.As("sara");
        await reza.OpenAsync($"/contacts/{id}/edit");
        await sara.PostAsync($"/contacts/{id}/edit", [("Command.Phones[0].Number", Given.Mobile())], $"action=\"/contacts/{id}/edit\"");
        await reza.SubmitAsync($"/contacts/{id}/edit", [("Command.FirstName", "دیگری")], $"action=\"/contacts/{id}/edit\"");
        reza.Status.Should().Be(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_deleted_contact_leaves_lists_and_search_and_stays_in_the_bin()
    {
        var id = await Given.PersonAsync(app, "رفتنی", "حذف‌شونده");
        var sara = await app.As("sara");
        // «More» on the customer's page has it.
        await sara.PostAsync($"/contacts/{id}", [], $"action=\"/contacts/{id}/edit?handler=Delete");
        sara.Location.Should().Be("/contacts");
        (await sara.OpenAsync($"/contacts/{id}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await app.QueryAsync<int>("select count(*) from platform.search where id = @id", new { id })).Single().Should().Be(0);
        (await app.QueryAsync<bool>("select deleted_at is not null and deletion_id is not null from contacts.contacts where id = @id", new { id })).Single().Should().BeTrue();
    }

    [Fact]
    public async Task Who_may_not_delete_can_not_post_it_either()
    {
        var id = await Given.PersonAsync(app, "ماندنی", "فروشنده");
        var reza = await app.As("reza");
        await reza.OpenAsync($"/contacts/{id}/edit");
        reza.Html.Should().NotContain("handler=Delete");
        await FluentActions.Awaiting(() => app.SendAsync(new Crm.Contacts.Features.DeleteContact.DeleteContactCommand(id), "reza")).Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task Every_change_stands_in_the_time_line_with_who_and_what()
    {
        var id = await Given.PersonAsync(app, "تاریخچه", "دار");
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.SendAsync(new ChangeContactStatusCommand(id, ContactMark.Status, Given.Value(BaseLists.Status, 2)), "reza");
        var sara = await app.As("sara");
        await sara.OpenAsync($"/contacts/{id}?show=change");
        sara.Text.Should().Contain(Given.Fa("Contact changed")).And.Contain("رضا کریمی").And.Contain(Given.Fa("Contact added"));
    }

    [Fact]
    public async Task The_status_changes_from_the_customers_page()
    {
        var id = await Given.PersonAsync(app, "وضعیت", "عوض‌شو");
        var sara = await app.As("sara");
        await sara.PostAsync($"/contacts/{id}", [("value", Given.Value(BaseLists.Status, 3).ToString())], "handler=Status");
        sara.Location.Should().Be($"/contacts/{id}");
        (await sara.OpenAsync($"/contacts/{id}")).Text.Should().Contain("مشتری فعال");
    }

    [Fact]
    public async Task A_status_of_another_list_is_refused()
    {
        var id = await Given.PersonAsync(app, "وضعیت", "نادرست");
        await FluentActions.Awaiting(() => app.SendAsync(new ChangeContactStatusCommand(id, ContactMark.Status, Given.Value(BaseLists.Rank)), "sara")).Should().ThrowAsync<InvalidInput>();
    }

    [Fact]
    public async Task A_company_that_changes_its_name_changes_it_with_its_people()
    {
        var company = await Given.CompanyAsync(app, "نام قدیم شرکت");
        var person = await Given.PersonAsync(app, "کارمند", "همراه", more: c => c with { CompanyId = company });
        var sara = await app.As("sara");
        await sara.PostAsync($"/contacts/{company}/edit", [("Command.CompanyName", "نام نو شرکت")], $"action=\"/contacts/{company}/edit\"");
        (await app.QueryAsync<string>("select company_name from contacts.contacts where id = @person", new { person })).Single().Should().Be("نام نو شرکت");
        (await app.QueryAsync<string>("select search_text from contacts.contacts where id = @person", new { person })).Single().Should().Contain("نام نو شرکت");
    }
}
