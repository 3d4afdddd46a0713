using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class FacetsIndex : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_contacts_group_ids",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_province_id",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_birthday",
                schema: "contacts",
                table: "contacts",
                column: "birthday",
                filter: "birthday is not null");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_created_at",
                schema: "contacts",
                table: "contacts",
                column: "created_at")
                .Annotation("Npgsql:IndexMethod", "brin");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_facets",
                schema: "contacts",
                table: "contacts",
                columns: new[] { "status_id", "type_id", "rank_id", "source_id", "field_of_activity_id", "salutation_id", "city_id", "county_id", "province_id", "owner_id", "role_ids", "group_ids" },
                filter: "deleted_at is null")
                .Annotation("Npgsql:IndexMethod", "gin");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_contacts_birthday",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_created_at",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_facets",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_group_ids",
                schema: "contacts",
                table: "contacts",
                column: "group_ids",
                filter: "group_ids is not null")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_province_id",
                schema: "contacts",
                table: "contacts",
                column: "province_id",
                filter: "province_id is not null");
        }
    }
}
