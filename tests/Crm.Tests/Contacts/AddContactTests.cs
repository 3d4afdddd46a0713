using System.Net;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Core;
using Crm.Testing;

namespace Crm.Tests.Contacts;

public sealed class AddContactTests(DemoApp app) : IClassFixture<DemoApp>
{
    /// <summary>The page's own form, among those of the shell.</summary>
    private const string Form = "action=\"/contacts/new\"";

    [Fact]
    public async Task A_person_is_added_through_the_form_with_phone_mail_and_address()
    {
        var sara = await app.As("sara", "fa");
        await sara.PostAsync("/contacts/new",
        [
            ("Command.FirstName", "بهاره"), ("Command.LastName", "فرم‌نویس"), ("Command.Phones[0].Number", "۰۹۳۷ ۱۱۱ ۲۲۳۳"), ("Command.Phones[1].Number", "021-8877 6655"),
            ("Command.Emails[0].Address", "Bahareh@Example.com"), ("Command.Addresses[0].ProvinceId", "8"), ("Command.Addresses[0].Text", "خیابان آزادی"), ("Command.Birthday", "۱۳۶۵/۰۲/۱۴"),
        ], Form);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        await sara.OpenAsync(sara.Location!);
        sara.Text.Should().Contain("بهاره فرم‌نویس").And.Contain("۰۹۳۷ ۱۱۱ ۲۲۳۳").And.Contain("bahareh@example.com").And.Contain("تهران");
        (await app.QueryAsync<string>("select p.number from contacts.contact_phones p join contacts.contacts c on c.id = p.contact_id where c.last_name = 'فرم‌نویس' order by p.position"))
            .Should().Equal("+989371112233", "+982188776655");
        (await app.QueryAsync<DateOnly>("select birthday from contacts.contacts where last_name = 'فرم‌نویس'")).Single().Should().Be(new DateOnly(1986, 5, 4));
    }

    [Fact]
    public async Task A_city_brings_its_county_and_province_and_a_county_is_chosen_without_a_city()
    {
        var (city, county, province) = (await app.QueryAsync<(int, int, int)>("select id, county_id, province_id from contacts.places where kind = 'City' and name = 'کاشان'")).Single();
        var sara = await app.As("sara", "fa");
        // Whatever stands above the city is set right.
        await sara.PostAsync("/contacts/new", [("Command.LastName", "کاشانی‌پور"), ("Command.Addresses[0].ProvinceId", "8"), ("Command.Addresses[0].CityId", city.ToString(System.Globalization.CultureInfo.InvariantCulture))], Form);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await sara.OpenAsync(sara.Location!)).Text.Should().Contain("اصفهان").And.Contain("کاشان");
        (await app.QueryAsync<(int, int, int)>("select city_id, county_id, province_id from contacts.contacts where last_name = 'کاشانی‌پور'")).Should().Equal((city, county, province));
        await sara.PostAsync("/contacts/new", [("Command.LastName", "روستایی‌پور"), ("Command.Addresses[0].CountyId", county.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("Command.Addresses[0].Text", "روستای قمصر")], Form);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await app.QueryAsync<(int?, int?, int?)>("select city_id, county_id, province_id from contacts.contacts where last_name = 'روستایی‌پور'")).Should().Equal((null, county, province));
        await sara.OpenAsync($"/contacts?county={county}");
        sara.Text.Should().Contain("روستایی‌پور").And.Contain("کاشانی‌پور");
        // A city is no county.
        await sara.PostAsync("/contacts/new", [("Command.LastName", "نادرست"), ("Command.Addresses[0].CountyId", city.ToString(System.Globalization.CultureInfo.InvariantCulture))], Form);
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        var api = await Api.ApiCaller.AsAsync(app, "sara");
        (await api.GetAsync($"/contacts?filter[countyId]={county}")).Items.Should().HaveCount(2);
        (await api.GetAsync($"/places?kind=county&provinceId={province}")).Items.Should().Contain(p => (int)p["id"]! == county);
        (await api.GetAsync($"/places?countyId={county}")).Items.Should().Contain(p => (int)p["id"]! == city);
        (await sara.OpenAsync($"/contacts/places?handler=Below&province={province}")).Html.Should().Contain($"\"{county}\"").And.Contain($"\"{city}\"");
        (await sara.OpenAsync($"/contacts/places?handler=Below&county={county}")).Html.Should().Contain($"\"province\":{province}");
        (await app.QueryAsync<int>("select count(*)::int from contacts.places group by kind order by 1")).Should().Equal(31, 448, 1099, 1354);
        (await app.QueryAsync<int>("select count(*)::int from contacts.contact_addresses where city_id is not null and county_id is null")).Should().Equal([0], "addresses from before know their county");
    }

    [Fact]
    public async Task Who_is_known_already_is_told_beside_the_field_while_typing()
    {
        var phone = Given.Mobile();
        var known = await Given.PersonAsync(app, "کاظم", "یگانه‌فر", phone, more: c => c with { Emails = [new() { Address = "kazem@example.com" }], NationalId = "0013542419", CardNumber = "62198877" });
        var self = await Given.PersonAsync(app, "کاظم دوم", "یگانه");
        async Task<string> AskAsync(string user, string rule, string value, Guid? of = null)
        {
            return await Given.AlikeAsync(await app.As(user, "fa"), rule, value, of);
        }

        foreach (var (rule, value, reason) in new[] { ("phone", "+98 " + phone[1..], "Same telephone"), ("email", "KAZEM@example.com", "Same e-mail"), ("nationalId", "۰۰۱۳۵۴۲۴۱۹", "Same national ID"), ("cardNumber", "6219 8877", "Same card number"), ("name", "كاظم يگانه فر", "Same name") })
            (await AskAsync("sara", rule, value)).Should().Contain($"/contacts/{known}").And.Contain(Given.Fa(reason), rule);
        (await AskAsync("sara", "phone", phone, self)).Should().Contain($"/contacts/{self}/merge?with={known}", "who may merge is offered it");
        (await AskAsync("reza", "phone", phone, self)).Should().NotContain("/merge?with=");
        (await AskAsync("zahra", "phone", phone)).Should().NotContain(known.ToString(), "another branch is not told of");
        (await AskAsync("sara", "phone", phone, known)).Should().NotContain(known.ToString(), "nobody is alike himself");
    }

    [Fact]
    public async Task A_phone_known_to_another_contact_is_offered_and_can_be_added_anyway()
    {
        var phone = Given.Mobile();
        var known = await Given.PersonAsync(app, "دارندهٔ", "شماره", phone: phone);
        var sara = await app.As("sara");
        await sara.PostAsync("/contacts/new", [("Command.LastName", "دومی"), ("Command.Phones[0].Number", "0098" + phone[1..])], Form);
        sara.Status.Should().Be(HttpStatusCode.Conflict);
        sara.Html.Should().Contain($"/contacts/{known}");
        sara.Text.Should().Contain("دارندهٔ شماره").And.Contain(Given.Fa("This telephone number is known already. Is it the same customer?"));
        await sara.SubmitAsync("/contacts/new", [("Command.AllowKnownPhone", "true")], Form);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
    }

    [Fact]
    public async Task A_national_id_known_to_another_contact_is_asked_about_once_also_when_it_is_changed_to_it()
    {
        const string id = "0067749828";
        var known = await Given.PersonAsync(app, "دارندهٔ", "کد", more: c => c with { NationalId = id });
        var sara = await app.As("sara");
        await sara.PostAsync("/contacts/new", [("Command.LastName", "همکد"), ("Command.NationalId", "۶۷۷۴۹۸۲۸")], Form);
        sara.Status.Should().Be(HttpStatusCode.Conflict);
        sara.Html.Should().Contain($"/contacts/{known}");
        sara.Text.Should().Contain(Given.Fa("This national ID is known already. Is it the same customer?")).And.NotContain(Given.Fa("{0} has this national ID already.", "دارندهٔ کد"), "the form itself says who it is");
        await sara.SubmitAsync("/contacts/new", [("Command.AllowKnownPhone", "true")], Form);
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);

        var other = await Given.PersonAsync(app, "دیگر", "کس");
        await sara.OpenAsync($"/contacts/{other}/edit");
        await sara.PostAsync($"/contacts/{other}/edit", [("Command.NationalId", id)]);
        sara.Status.Should().Be(HttpStatusCode.Conflict);
        await sara.OpenAsync($"/contacts/{known}/edit");
        await sara.SubmitAsync($"/contacts/{known}/edit", [("Command.Notes", "همان")]);
        sara.Status.Should().Be(HttpStatusCode.Redirect, "what stood there before is not asked about again");
    }

    [Fact]
    public async Task What_is_wrong_is_said_beside_the_field()
    {
        var sara = await app.As("sara");
        await sara.PostAsync("/contacts/new", [("Command.FirstName", ""), ("Command.LastName", ""), ("Command.Phones[0].Number", "call me"), ("Command.Emails[0].Address", "nobody"), ("Command.NationalId", "1234567890")], Form);
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("Give a first or last name.")).And.Contain(Given.Fa("This is not a telephone number.")).And.Contain(Given.Fa("This is not a valid e-mail address.")).And.Contain(Given.Fa("This is not a valid national ID."));
        sara.Html.Should().Contain("call me", "what was typed stays").And.NotContain("type=\"email\"", "the browser would keep the form back and speak in its own language");
    }

    [Fact]
    public async Task A_form_that_could_not_be_read_says_everything_in_the_language_and_digits_of_the_user()
    {
        var sara = await app.As("sara", "fa");
        await sara.PostAsync("/contacts/new", [("Command.LastName", ""), ("Command.MarriedOn", "1405/13/40"), ("Command.NationalId", "1234567890"), ("Command.Addresses[0].Latitude", "95"), ("Command.Addresses[0].Longitude", "51")], Form);
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("Give a first or last name.")).And.Contain(Given.Fa("This is not a valid national ID.")).And.Contain("باید بین \u200e-۹۰ و ۹۰ باشد.");
        sara.Text.Should().NotContain("Give a first").And.NotContain("not a valid");
    }

    [Fact]
    public async Task Drop_downs_find_a_contact_as_the_list_does()
    {
        var phone = Given.Mobile();
        var id = await Given.PersonAsync(app, "شیرین", "فروغمند", phone);
        var sara = await app.As("sara", "fa");
        // By telephone, in Latin letters, and on the other keyboard.
        foreach (var (text, where) in new[] { (phone, "/contacts/lookup"), ("shirin forughmand", "/contacts/lookup"), ("tv,ylkn", "/contacts/lookup"), ("shirin forughmand", "/tasks/customers"), ("shirin forughmand", "/lists/contacts/lookup") })
            (await sara.OpenAsync($"{where}?q={Uri.EscapeDataString(text)}")).Html.Should().Contain(id.ToString(), $"{text} at {where}");
    }

    [Fact]
    public async Task A_birthday_that_is_still_to_come_and_a_mail_without_a_domain_are_refused()
    {
        var sara = await app.As("sara");
        await sara.PostAsync("/contacts/new", [("Command.LastName", "آینده‌زاد"), ("Command.Birthday", "1500/01/01"), ("Command.Emails[0].Address", "a@b")], Form);
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("This day lies ahead.")).And.Contain(Given.Fa("This is not a valid e-mail address."));
    }

    [Fact]
    public async Task Fields_that_the_form_does_not_offer_change_nothing()
    {
        var sara = await app.As("sara");
        await sara.PostAsync("/contacts/new",
        [
            ("Command.LastName", "انبوه‌نویس"), ("Command.Phones[0].Number", Given.Mobile()), ("Command.Number", "7"), ("Command.BranchId", Guid.Empty.ToString()), ("Command.Id", Guid.Empty.ToString()),
            ("Command.CreatedBy", Guid.Empty.ToString()), ("Command.DeletedAt", "2020-01-01"), ("Command.SearchText", "x"),
        ], Form);
        var row = (await app.QueryAsync<(Guid Id, long Number, Guid Branch, Guid? By, string Search)>("select id, number, branch_id, created_by, search_text from contacts.contacts where last_name = 'انبوه‌نویس' and deleted_at is null")).Single();
        row.Id.Should().NotBeEmpty();
        row.Number.Should().BeGreaterThan(200);
        row.Branch.Should().Be(Branches.HeadOffice);
        row.By.Should().Be(await app.UserIdAsync("sara"));
        row.Search.Should().Contain("انبوه");
    }

    [Fact]
    public async Task Markup_in_a_name_stays_text_everywhere()
    {
        const string attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        var id = await Given.PersonAsync(app, "Mallory", attack, more: c => c with { Notes = attack, Addresses = [new() { Text = attack }] });
        var sara = await app.As("sara");
        foreach (var url in (string[])["/contacts", $"/contacts/{id}", $"/contacts/{id}/edit", $"/contacts/{id}/communications/new", "/contacts/lookup?q=Mallory"])
        {
            await sara.OpenAsync(url);
            sara.Status.Should().Be(HttpStatusCode.OK, url);
            sara.Html.Should().NotContain("<script>alert").And.NotContain("<img src=x", url);
        }
    }

    [Fact]
    public async Task Who_may_not_add_gets_neither_form_nor_command()
    {
        var ali = await app.As("ali");
        (await ali.OpenAsync("/contacts/new")).Status.Should().Be(HttpStatusCode.Forbidden);
        await FluentActions.Awaiting(() => app.SendAsync(new AddContactCommand { LastName = "x" }, "ali")).Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task A_persons_company_and_post_are_kept_with_their_history()
    {
        var old = await Given.CompanyAsync(app, "شرکت قدیم تاریخچه");
        var next = await Given.CompanyAsync(app, "شرکت تازهٔ تاریخچه");
        var id = await Given.PersonAsync(app, "رفته", "از شرکت", more: c => c with { CompanyId = old, PositionId = Given.Value(BaseLists.Position) });
        var sara = await app.As("sara");
        (await sara.OpenAsync($"/contacts/{old}")).Text.Should().Contain("رفته از شرکت");
        await sara.PostAsync($"/contacts/{id}/edit", [("Command.CompanyId", next.ToString())], $"action=\"/contacts/{id}/edit\"");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await sara.OpenAsync($"/contacts/{id}")).Text.Should().Contain("شرکت تازهٔ تاریخچه");
        (await app.QueryAsync<bool>("select \"to\" is null from contacts.contact_positions where person_id = @id order by \"from\", \"to\"", new { id })).Should().BeEquivalentTo([false, true]);
        (await sara.OpenAsync("/contacts?q=" + Uri.EscapeDataString("تازه تاریخچه"))).Text.Should().Contain("رفته از شرکت", "a person is found by his company");
    }
}
